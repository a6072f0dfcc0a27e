#!/usr/bin/python3
"""What the guide shows is true: its code compiles, its commands work, its lines of log are written."""

import doctest
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

sys.dont_write_bytecode = True

from pages import CODE, ROOT, blocks_of, commands_of, read, settings  # noqa: E402 (no bytecode of it)
from service import Service, program_environment, program_path, seconds  # noqa: E402

GUIDE = "doc/guide.md"
TRANSLATION = "doc/guide.pt-BR.md"

# A line that the commands of grpcurl print, by their last word.
PRINTED = {
    "list": "myservice.MyService",
    "myservice.MyService": "myservice.MyService/GetResource",
    "myservice.MyService/GetResource": '"name": "resource 123"',
    "grpc.health.v1.Health/Check": '"status": "SERVING"',
}

# Another run has other values.
VARIES = {"timestamp", "duration_ms", "peer", "trace_id", "span_id"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def same_in_every_run(entry):
    """Names in their order, and the values that the guide may quote."""
    fixed = [(name, "" if name in VARIES else value) for name, value in entry.items()]
    return [(name, "" if UUID.fullmatch(str(value)) else value) for name, value in fixed]


def is_part_of(piece, text):
    """Whether some lines of the text are the piece, wherever their margin is."""
    lines = text.splitlines()
    size = len(piece.splitlines())
    runs = ("\n".join(lines[start : start + size]) + "\n" for start in range(len(lines)))
    return any(textwrap.dedent(run) == piece for run in runs)


class TextTest(unittest.TestCase):
    maxDiff = None

    def test_both_languages_have_the_same_blocks(self):
        self.assertEqual(blocks_of(TRANSLATION), blocks_of(GUIDE))

    def test_both_languages_have_the_same_sections(self):
        levels = [re.findall(r"^(#+) \S", read(guide), re.MULTILINE) for guide in (GUIDE, TRANSLATION)]
        self.assertEqual(*levels)

    def test_code_is_that_of_a_file(self):
        pieces = blocks_of(GUIDE, *CODE)
        self.assertGreater(len(pieces), 10)
        for piece in pieces:
            self.assertTrue(piece.note, f"expected a comment with the file of\n{piece.text}")
            self.assertTrue(is_part_of(piece.text, read(piece.note)), f"{piece.note} has not got\n{piece.text}")

    def test_settings_are_there_and_have_these_defaults(self):
        (block,) = blocks_of(GUIDE, "ini")
        quoted = dict(re.findall(r"^(\w+)=(.*)$", block.text, re.MULTILINE))
        self.assertGreater(len(quoted), 10)
        known = settings()
        self.assertEqual(quoted, {name: known.get(name) for name in quoted})


class LinksTest(unittest.TestCase):
    def links(self, page):
        text = re.sub(r"^```.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)
        targets = re.findall(r"\]\(([^)\s]+)\)", text)
        return [target for target in targets if not target.startswith("http")]

    def anchors(self, page):
        titles = re.findall(r"^#+ (.*)$", read(page), re.MULTILINE)
        return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}

    def resolve(self, page, link):
        """The page, as a path from the top of the repository, and the anchor."""
        target, _, anchor = link.partition("#")
        path = (ROOT / page).parent / target if target else ROOT / page
        return os.path.relpath(path.resolve(), ROOT), anchor

    def test_they_lead_to_files_and_sections(self):
        pages = [path.relative_to(ROOT) for path in ROOT.glob("doc/*.md")]
        for page in ["README.md", *map(str, pages)]:
            for link in self.links(page):
                target, anchor = self.resolve(page, link)
                self.assertTrue((ROOT / target).exists(), f"{page}: {link}")
                if anchor:
                    self.assertIn(anchor, self.anchors(target), f"{page}: {link}")

    def test_every_page_can_be_reached(self):
        reached, new = set(), {"README.md", GUIDE}
        while new:
            page = new.pop()
            reached.add(page)
            targets = {self.resolve(page, link)[0] for link in self.links(page)}
            new |= {target for target in targets if target.endswith(".md")} - reached
        pages = {str(path.relative_to(ROOT)) for path in ROOT.glob("doc/*.md")}
        self.assertEqual(pages - reached, set(), "expected links to these pages")


class CommandsTest(unittest.TestCase):
    """The commands run against a service that was started as the comment in front of them says."""

    def start(self, environment):
        service = Service(environment)
        self.addCleanup(service.kill)
        return service

    def test_what_they_print_and_what_the_log_has_then(self):
        shown = blocks_of(GUIDE, "console", "json")
        environments = {block.note: block.environment for block in shown}
        self.assertEqual(len(environments), 2)
        for note, environment in environments.items():
            with self.subTest(note):
                service = self.start(environment)
                here = [block for block in shown if block.note == note]
                for block in here:
                    if block.kind == "console":
                        self.check_commands(service, commands_of(block))
                log = service.stop()
                for block in here:
                    if block.kind == "json":
                        self.check_log(block, log)

    def check_commands(self, service, commands):
        checker = doctest.OutputChecker()
        printed = service.run([command for command, _ in commands])
        for (command, expected), got in zip(commands, printed, strict=True):
            # What curl prints has no line break at its end.
            same = checker.check_output(expected, got.rstrip("\n") + "\n" if got else got, doctest.ELLIPSIS)
            self.assertTrue(same, f"{command}expected:\n{expected}printed:\n{got}")

    def check_log(self, block, log):
        """The quoted lines are in the log, in this order."""
        written = map(same_in_every_run, log)
        for line in block.text.splitlines():
            quoted = same_in_every_run(json.loads(line))
            self.assertTrue(quoted in written, f"expected in the log, after the lines quoted before it:\n{line}")

    def test_those_of_other_tools(self):
        service = self.start({})
        for block in blocks_of(GUIDE, "bash"):
            for line in block.text.splitlines():
                with self.subTest(line):
                    self.check_tool(service, shlex.split(line), line)

    def check_tool(self, service, words, line):
        if words[0] == "make":
            subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        elif words[0] == "grpcurl":
            (printed,) = service.run([f"{as_buf(words[1:])} || exit"])
            self.assertIn(PRINTED[words[-1]], [part.strip() for part in printed.splitlines()], line)
        elif words[:2] == ["kubectl", "apply"]:
            self.assertTrue((ROOT / words[words.index("-f") + 1]).exists())
        else:
            self.assertTrue(line.startswith("kubectl create secret generic myservice --from-literal=secret-key="))

    def test_proto_gen(self):
        """In a folder that has nothing but what it reads, with a plugin that has been built already."""
        with tempfile.TemporaryDirectory(prefix="plinth-guide-") as folder:
            here = pathlib.Path(folder)
            for name, target in (
                ("protos", ROOT / "protos"),
                ("tools/proto-gen", ROOT / "tools" / "proto-gen"),
                ("tools/build", shutil.which("true")),
                ("build/release/bin/protoc-gen-plinth", program_path("protoc-gen-plinth")),
            ):
                (here / name).parent.mkdir(parents=True, exist_ok=True)
                (here / name).symlink_to(target)
            subprocess.run([here / "tools" / "proto-gen"], stdout=subprocess.DEVNULL, check=True)
            made = {file.name for file in (here / "build" / "generated" / "myservice").iterdir()}
        self.assertLessEqual({"service.pb.h", "service.plinth.h", "service.plinth.fake.h"}, made)

    def test_the_client(self):
        service = self.start({})
        quiet = {"OBSERVABILITY__LOG_LEVEL": "off", "OBSERVABILITY__METRICS_PORT": "9464"}
        done = subprocess.run(
            [program_path("guide-client"), service.address, "123"],
            env=program_environment("127.0.0.1", quiet),
            capture_output=True,
            text=True,
            timeout=seconds(20),
        )
        self.assertEqual(done.stdout, "123 is resource 123\nresource 1\nresource 2\nresource 3\n", done.stderr)
        self.assertEqual(done.returncode, 0)


def as_buf(words):
    """The same for buf, which npm has: grpcurl is in no package of the tests."""
    command = ["buf", "curl", "--protocol", "grpc"]
    match words:
        case ["-plaintext", server, "list"]:
            command += [f"http://{server}", "--list-services"]
        case ["-plaintext", server, "describe", _]:
            command += [f"http://{server}", "--list-methods"]
        case ["-plaintext", *options, server, method]:
            command += [*options, f"http://{server}/{method}"]
    return shlex.join(command)


if __name__ == "__main__":
    unittest.main()

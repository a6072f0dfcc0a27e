"""What the pages of doc/ hold: settings, and the fenced blocks of a guide.

A comment in front of a block says where its code comes from, or how the service is started that it is about.
"""

import pathlib
import re
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CODE = {"cpp", "cmake", "protobuf", "yaml"}

_BLOCK = re.compile(r"(?:^<!-- (?P<note>[^\n]*) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(typing.NamedTuple):
    kind: str
    note: str
    text: str

    @property
    def environment(self):
        """What the service of this block is started with: of `<!-- with NAME=VALUE -->`."""
        return dict(pair.split("=", 1) for pair in self.note.removeprefix("with ").split())


def read(name):
    return (ROOT / name).read_text()


def settings():
    """Name to default, of every setting."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", read("doc/settings.md"), re.MULTILINE))


def blocks_of(name, *kinds):
    found = [Block(match["kind"], match["note"] or "", match["text"]) for match in _BLOCK.finditer(read(name))]
    return [block for block in found if not kinds or block.kind in kinds]


def commands_of(block):
    """The commands of a console block, with what they print. A command goes on until its quotes are closed."""
    commands = []
    for line in block.text.splitlines(keepends=True):
        if line.startswith("$ "):
            commands.append([line[2:], ""])
        else:
            command = commands[-1]
            command[0 if command[0].count("'") % 2 else 1] += line
    return commands

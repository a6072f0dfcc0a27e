"""The plugin writes for plugin/testdata/*.proto what lies beside them. With --update it is written there anew."""

import difflib
import itertools
import pathlib
import shutil
import sys
import tempfile
import unittest

import protoc

ENDINGS = (".plinth.h", ".plinth.cc", ".plinth.fake.h")
OPTIONS = None


def protos():
    return sorted(path.relative_to(protoc.TESTDATA) for path in protoc.TESTDATA.rglob("*.proto"))


def goldens_of(proto):
    return [proto.with_suffix(ending) for ending in ENDINGS]


def generate(out):
    done = protoc.generate(OPTIONS, protoc.TESTDATA, out, *map(str, protos()))
    if done.returncode != 0:
        raise AssertionError(f"protoc failed:\n{done.stderr}")
    return done


def difference(name, golden, generated):
    lines = difflib.unified_diff(
        golden.splitlines(True), generated.splitlines(True), f"plugin/testdata/{name}", "what the plugin wrote")
    return "".join(lines)


class GoldenTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.folder.name)
        cls.done = generate(cls.out)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_output_is_as_recorded(self):
        for proto in protos():
            for name in goldens_of(proto):
                with self.subTest(str(name)):
                    self.check(name)

    def check(self, name):
        golden = protoc.TESTDATA / name
        hint = "look at it, and if it is right run test/unit/plugin/golden_test.py --update"
        self.assertTrue((self.out / name).exists(), f"the plugin did not write {name}")
        self.assertTrue(golden.exists(), f"plugin/testdata/{name} is missing; {hint}")
        found = difference(name, golden.read_text(), (self.out / name).read_text())
        if found:
            self.fail(f"the output has changed; {hint}:\n{found}")

    def test_every_record_has_its_proto(self):
        expected = {name for proto in protos() for name in goldens_of(proto)}
        found = {path.relative_to(protoc.TESTDATA) for path in protoc.TESTDATA.rglob("*.plinth.*")}
        self.assertEqual(found - expected, set(), "these are of no .proto: delete them")

    def test_protoc_has_no_complaint(self):
        self.assertEqual(self.done.stderr, "")


def update():
    with tempfile.TemporaryDirectory() as out:
        generate(out)
        for old in protoc.TESTDATA.rglob("*.plinth.*"):
            old.unlink()
        for name in itertools.chain(*map(goldens_of, protos())):
            shutil.copyfile(pathlib.Path(out, name), protoc.TESTDATA / name)
    print(f"wrote the output for {len(protos())} files into {protoc.TESTDATA}")


if __name__ == "__main__":
    parser = protoc.arguments()
    parser.add_argument("--update", action="store_true")
    OPTIONS, rest = parser.parse_known_args()
    if OPTIONS.update:
        update()
    else:
        unittest.main(argv=[sys.argv[0], *rest])

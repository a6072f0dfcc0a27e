"""What the author of a .proto, or of a command line, reads when something is wrong with it."""

import pathlib
import sys
import tempfile
import unittest

import protoc

OPTIONS = None


class ErrorsTest(unittest.TestCase):
    def generate(self, text, plinth_options="", **others):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in {"input": text, **others}.items():
                pathlib.Path(folder, f"{name}.proto").write_text('syntax = "proto3";\n' + content)
            return protoc.generate(OPTIONS, folder, folder, "input.proto", plinth_options=plinth_options)

    def assert_refused(self, done, *words):
        self.assertNotEqual(done.returncode, 0, "protoc should have failed")
        for word in words:
            self.assertIn(word, done.stderr)

    def assert_refused_once(self, done, sentence):
        self.assertNotEqual(done.returncode, 0, "protoc should have failed")
        self.assertTrue(done.stderr.startswith(f"--plinth_out: {sentence}"), done.stderr)
        self.assertEqual(done.stderr.count(".proto"), 1, f"the file should be named once: {done.stderr}")

    def test_an_option_is_named_and_refused(self):
        done = self.generate("", plinth_options="mocks=true")
        self.assert_refused(done, 'unknown option "mocks=true"', "there are none", "--plinth_out=DIR")
        self.assertNotIn("input.proto", done.stderr, "it is not the file's fault")

    def test_a_broken_file_is_named_with_its_line(self):
        done = self.generate("service Broken {\n  rpc Get(Missing) returns (Missing);\n}\n")
        self.assert_refused(done, "input.proto:3:11:", "Missing")

    def test_a_package_that_cpp_cannot_name(self):
        done = self.generate("  package a.new.b;\nmessage M {}\nservice S { rpc Get(M) returns (M); }\n")
        self.assert_refused_once(
            done, 'input.proto:2:3: package a.new.b: "new" is a C++ keyword, so no namespace can have this name; '
                  "rename the package")

    def test_a_package_of_an_import_that_cpp_cannot_name(self):
        done = self.generate(
            'import "other.proto";\nservice S { rpc Get(a.union.M) returns (a.union.M); }\n',
            other="\npackage a.union;\nmessage M {}\n")
        self.assert_refused_once(done, "other.proto:3:1: package a.union: ")

    def test_the_package_of_the_library(self):
        done = self.generate("package plinth;\nmessage Status {}\nservice S { rpc Get(Status) returns (Status); }\n")
        self.assert_refused_once(
            done, "input.proto:2:1: package plinth: the namespace of this name is the library's own; rename the package")

    def test_generic_services_would_take_the_name(self):
        done = self.generate("\noption cc_generic_services = true;\nservice S {}\n")
        self.assert_refused_once(
            done, "input.proto:3:1: option cc_generic_services makes protoc define class S too; remove the option")

    def test_a_file_with_proto3_optional_is_no_error(self):
        done = self.generate("message M { optional string text = 1; }\nservice S { rpc Get(M) returns (M); }\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    OPTIONS, rest = protoc.arguments().parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])

"""What the author of a .proto, or of a command line, reads when something is wrong with it."""

import pathlib
import sys
import tempfile
import unittest

import protoc

OPTIONS = None


class ErrorsTest(unittest.TestCase):
    def generate(self, text, plinth_options=""):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "input.proto").write_text('syntax = "proto3";\n' + text)
            return protoc.generate(OPTIONS, folder, folder, "input.proto", plinth_options=plinth_options)

    def assert_refused(self, done, *words):
        self.assertNotEqual(done.returncode, 0, "protoc should have failed")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_an_option_is_named_and_refused(self):
        done = self.generate("", plinth_options="mocks=true")
        self.assert_refused(done, 'unknown option "mocks=true"', "there are none", "--plinth_out=DIR")

    def test_a_broken_file_is_named_with_its_line(self):
        done = self.generate("service Broken {\n  rpc Get(Missing) returns (Missing);\n}\n")
        self.assert_refused(done, "input.proto:3:11:", "Missing")

    def test_a_package_that_cpp_cannot_name(self):
        done = self.generate("package a.new.b;\nmessage M {}\nservice S { rpc Get(M) returns (M); }\n")
        self.assert_refused(done, "input.proto", "package a.new.b", '"new" is a C++ keyword', "rename the package")

    def test_generic_services_would_take_the_name(self):
        done = self.generate("option cc_generic_services = true;\nservice S {}\n")
        self.assert_refused(done, "input.proto", "cc_generic_services", "class S", "remove the option")

    def test_a_file_with_proto3_optional_is_no_error(self):
        done = self.generate("message M { optional string text = 1; }\nservice S { rpc Get(M) returns (M); }\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    OPTIONS, rest = protoc.arguments().parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])

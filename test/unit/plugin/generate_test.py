"""plinth_generate, in a project of its own: it finds files, follows their imports and shows what protoc says."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import protoc

OPTIONS = None

PROJECT = """\
cmake_minimum_required(VERSION 3.25)
project(generated LANGUAGES CXX)
add_executable(protobuf::protoc IMPORTED)
set_target_properties(protobuf::protoc PROPERTIES IMPORTED_LOCATION {protoc})
add_executable(plinth::protoc-gen-plinth IMPORTED)
set_target_properties(plinth::protoc-gen-plinth PROPERTIES IMPORTED_LOCATION {plugin})
add_library(protobuf::libprotobuf INTERFACE IMPORTED)
add_library(plinth::plinth INTERFACE IMPORTED)
include({root}/cmake/PlinthGenerate.cmake)
plinth_generate({arguments})
"""

SERVICE = """\
syntax = "proto3";
package shop;
import "shop/item.proto";
service Shop { rpc Buy(Item) returns (Item); }
"""
ITEM = 'syntax = "proto3";\npackage shop;\nmessage Item { string name = 1; }\n'
HEADER = "generated/api/shop/service.plinth.h"


class GenerateTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = pathlib.Path(folder.name)
        self.build = self.source / "build"
        self.write("protos/shop/service.proto", SERVICE)
        self.write("protos/shop/item.proto", ITEM)

    def write(self, name, text):
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def configure(self, arguments):
        self.write("CMakeLists.txt", PROJECT.format(
            protoc=shutil.which(OPTIONS.protoc), plugin=OPTIONS.plugin, root=protoc.ROOT, arguments=arguments))
        return self.run_tool("cmake", "-G", "Ninja", "-S", self.source, "-B", self.build)

    def make(self):
        return self.run_tool("cmake", "--build", self.build, "--target", HEADER)

    def run_tool(self, *command):
        return subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)

    def assert_made(self, done):
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_file_is_generated_again_when_an_import_changes_and_only_then(self):
        self.assert_made(self.configure("api PROTOS shop/service.proto shop/item.proto IMPORT_DIRS protos"))
        self.assert_made(self.make())
        for ending in ("pb.h", "pb.cc", "plinth.h", "plinth.cc"):
            self.assertTrue((self.build / f"generated/api/shop/service.{ending}").exists(), ending)
        self.assertIn("no work to do", self.make().stdout)

        self.write("protos/shop/item.proto", ITEM.replace("Item", "Thing"))
        done = self.make()
        self.assertNotEqual(done.returncode, 0, "the import has no Item any more")
        self.assertRegex(done.stdout, r'shop/service.proto:4:\d+: "Item" is not defined')

    def test_a_path_from_the_source_directory_will_do(self):
        self.assert_made(self.configure("api PROTOS protos/shop/service.proto IMPORT_DIRS protos"))
        self.assert_made(self.make())

    def test_a_file_that_is_not_there(self):
        done = self.configure("api PROTOS shop/servce.proto IMPORT_DIRS protos")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("plinth_generate(api): there is no file shop/servce.proto", " ".join(done.stdout.split()))

    def test_a_file_outside_of_the_import_directories(self):
        self.write("elsewhere/other.proto", ITEM)
        done = self.configure("api PROTOS elsewhere/other.proto IMPORT_DIRS protos")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is in none of the import directories", " ".join(done.stdout.split()))

    def test_a_word_too_many(self):
        done = self.configure("api shop/service.proto IMPORT_DIRS protos")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("unknown arguments: shop/service.proto", " ".join(done.stdout.split()))


if __name__ == "__main__":
    OPTIONS, rest = protoc.arguments().parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])

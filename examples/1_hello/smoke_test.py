#!/usr/bin/python3
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from smoke import PATIENCE, Example, load  # noqa: E402

hello = load("hello.proto", HERE)


class HelloTest(unittest.TestCase):
    def test_it_says_hello(self):
        example = Example("hello", hello)
        self.addCleanup(example.stop)
        reply = example.SayHello(hello.HelloRequest(name="world"), timeout=PATIENCE)
        self.assertEqual(reply.message, "Hello, world!")

    def test_its_client_shows_the_answer(self):
        example = Example("hello", hello)
        self.addCleanup(example.stop)
        program = pathlib.Path(os.environ["PLINTH_INTEROP_BIN"], "hello-client")
        done = subprocess.run([program, "Ada", example.address], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.stdout, done.returncode), ("Hello, Ada!\n", 0), done.stderr)


if __name__ == "__main__":
    unittest.main()

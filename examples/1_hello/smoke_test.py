#!/usr/bin/python3
import pathlib
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


if __name__ == "__main__":
    unittest.main()

"""The public headers, all but asio.h, include nothing of Boost, nghttp2, OpenSSL or nlohmann-json, however deep."""

import argparse
import pathlib
import subprocess
import sys
import unittest

LIBRARIES = ("boost", "nghttp2", "openssl", "nlohmann")
OPTIONS = None


def included_by(header):
    """All files that including a header reads."""
    command = [OPTIONS.compiler, "-std=c++23", f"-I{OPTIONS.include}", "-M", "-x", "c++", str(header)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{header} does not compile:\n{done.stderr}")
    return [pathlib.Path(word) for word in done.stdout.replace("\\\n", " ").split()[1:]]


class IncludesTest(unittest.TestCase):
    def test_headers_bring_no_library(self):
        headers = sorted(pathlib.Path(OPTIONS.include, "plinth").glob("*.h"))
        self.assertGreater(len(headers), 10, "these are not the public headers")
        for header in headers:
            if header.name != "asio.h":
                with self.subTest(header.name):
                    self.assertEqual(self.foreign(header), [], f"plinth/{header.name} includes these")

    def test_the_check_would_see_one(self):
        self.assertTrue(self.foreign(pathlib.Path(OPTIONS.include, "plinth", "asio.h")))

    def foreign(self, header):
        return [str(path) for path in included_by(header) if set(LIBRARIES) & set(path.parts)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--include", default=str(pathlib.Path(__file__).resolve().parents[2] / "include"))
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])

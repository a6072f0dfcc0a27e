#!/usr/bin/python3
"""Installs the build into a folder of its own and builds an example against it, as a user's project would."""

import argparse
import pathlib
import subprocess
import sys
import tempfile


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"expected this to succeed: {' '.join(map(str, command))}\n{done.stdout}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--example", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plinth-install-") as folder:
        prefix = pathlib.Path(folder, "prefix")
        built = pathlib.Path(folder, "built")
        run(options.cmake, "--install", options.build, "--prefix", prefix)
        run(options.cmake, "-S", options.example, "-B", built, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
        run(options.cmake, "--build", built)
        if not (built / "hello").exists():
            sys.exit("expected the build to leave a program named hello")


main()

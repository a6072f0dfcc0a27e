"""How the tests of the plugin run protoc."""

import argparse
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTDATA = ROOT / "plugin" / "testdata"


def arguments():
    """The parser of the options that all of these tests have; what it does not know is left to unittest."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--protoc", default="protoc")
    parser.add_argument("--plugin", default=str(ROOT / "build/release/bin/protoc-gen-plinth"))
    return parser


def generate(options, folder, out, *protos, plinth_options=""):
    """Runs the plugin alone on files of a folder. Gives the finished process; its stderr is text."""
    target = f"{plinth_options}:{out}" if plinth_options else str(out)
    command = [options.protoc, f"--plugin=protoc-gen-plinth={options.plugin}", f"-I{folder}", f"--plinth_out={target}"]
    return subprocess.run([*command, *protos], capture_output=True, text=True, timeout=60)

"""Runs the clients of gRPC's interoperability tests, ours and that of grpc++, and reads what they tell of each case."""

import subprocess

from interop.limits import seconds
from interop.server import program_environment, program_path

LIMIT = 100


class Run:
    """One run that has ended: `code`, `errors` (what it wrote to stderr), and `verdicts`, the text about each case."""

    def __init__(self, program, *arguments, settings=None):
        done = subprocess.run(
            [program_path(program), *map(str, arguments)],
            env=program_environment("127.0.0.1", settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=seconds(LIMIT),
        )
        self.code = done.returncode
        self.errors = done.stderr
        self.verdicts = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)


def run_ours(port, cases, *arguments, settings=None):
    """`cases` are names, or "all"."""
    names = cases if isinstance(cases, str) else ",".join(cases)
    flags = ["--server_host=127.0.0.1", f"--server_port={port}", f"--test_case={names}"]
    return Run("interop-client", *flags, *arguments, settings=settings)


def run_grpcpp(port, *arguments):
    """All cases that it has."""
    return Run("grpcpp-interop-client", "--server_host=127.0.0.1", f"--server_port={port}", *arguments)


class OfficialChecks:
    """What a test of these clients asserts."""

    def assert_passed(self, run, cases):
        """That these cases ran, each with its verdict, and that the program says so too."""
        self.assertEqual(set(run.verdicts), set(cases), f"the cases that ran; stderr: {run.errors[-2000:]}")
        for case, verdict in run.verdicts.items():
            with self.subTest(case=case):
                self.assertTrue(verdict.startswith("ok"), f"{case}: {verdict}")
        self.assertEqual(run.code, 0, f"the exit code; stderr: {run.errors[-2000:]}")

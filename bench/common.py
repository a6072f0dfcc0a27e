"""What the benchmarks have in common: two cores, noise, the machine, tables."""

import contextlib
import os
import pathlib
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import grpc
except ImportError:
    grpc = None

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVER_CORE, CLIENT_CORE = 0, 1
METHOD = "/plinth.bench.Echo/Get"
REQUEST = b"\x0a\x0242"  # GetRequest{id: "42"}
ANSWER = b"\x0a\x0242\x12\x0bresource 42"  # Resource{id: "42", name: "resource 42"}
PREFIX = 5  # gRPC's bytes before a message
NOISE = 0.03  # the share of the two cores that others may take before the report warns


class Failure(Exception):
    """A server or a load that did not do what it should: nothing can be measured."""


def pinned(core, command):
    return ["taskset", "-c", str(core), *map(str, command)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, more_environment=None, token=None):
    """Starts a server on its core, checks that it answers a real call, gives its process and port, and ends it.

    With a token, calls without it must be refused. What the server logs goes to /dev/null.
    """
    name, port = pathlib.Path(command[0]).name, free_port()
    settings = {"HOST": "127.0.0.1", "PORT": port, "MAX_WORKERS": 1}
    environment = os.environ | {f"GRPC__SERVER__{key}": str(value) for key, value in settings.items()}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(pinned(SERVER_CORE, command), cwd=folder, env=environment | (more_environment or {}),
                                   stdout=subprocess.DEVNULL, stderr=output)
        try:
            call_once(name, port, token)
            if token:
                expect_refused(name, port)
            yield process, port
        except Failure as failure:
            output.seek(0)
            raise Failure(f"{failure}\n{output.read()[-2000:].decode(errors='replace')}") from None
        finally:
            process.kill()
            process.wait()


def call(port, token=None):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        metadata = [("authorization", f"Bearer {token}")] if token else []
        return channel.unary_unary(METHOD)(REQUEST, timeout=10, metadata=metadata, wait_for_ready=True)


def call_once(name, port, token):
    try:
        answer = call(port, token)
    except grpc.RpcError as error:
        raise Failure(f"{name}: {METHOD} failed: {error.code().name}: {error.details()}") from None
    if answer != ANSWER:
        raise Failure(f"{name}: {METHOD} answered {answer!r}, not {ANSWER!r}")


def expect_refused(name, port):
    try:
        call(port)
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAUTHENTICATED:
            return
    raise Failure(f"{name}: a call without a token was not refused")


def busy_time():
    """Seconds that the two cores have worked for anyone, or were taken by the host of a virtual machine."""
    lines = pathlib.Path("/proc/stat").read_text().splitlines()
    cores = [line.split()[1:] for line in lines if line.split()[0] in (f"cpu{SERVER_CORE}", f"cpu{CLIENT_CORE}")]
    ticks = sum(int(user) + int(nice) + int(system) + sum(map(int, rest[:3]))
                for user, nice, system, _idle, _wait, *rest in cores)
    return ticks / os.sysconf("SC_CLK_TCK")


def output_of(*command):
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cpu": cpu[1] if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "commit": output_of("git", "describe", "--always", "--dirty"),
        "compiler": output_of("g++", "-dumpfullversion"),
        **{name: output_of("pkg-config", "--modversion", name) for name in ("grpc++", "libnghttp2", "protobuf")},
    }


def print_table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for row in [rows[0], rule, *rows[1:]]:
        print("|", " | ".join(f"{cell:{'<>'[at > 0]}{widths[at]}}" for at, cell in enumerate(row)), "|")


def print_noise(rounds):
    others = statistics.median(row["others_share"] for row in rounds)
    if others > NOISE:
        print(f"\nOther programs took {others:.0%} of the two cores: run this on a quiet machine.")


def stop(message):
    print(f"{sys.argv[0]}: {message}", file=sys.stderr)
    sys.exit(2)

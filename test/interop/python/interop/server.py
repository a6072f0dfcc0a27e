"""Starts a server program, learns where it listens, and always stops it."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading

from interop.limits import SANITIZER, seconds

START_LIMIT = 10.0
STOP_LIMIT = 10.0

# What a developer has set for other runs must not leak into the server under test.
_FOREIGN = ("GRPC__", "OBSERVABILITY__", "SECURITY__", "MYSERVICE_", "OTEL_")


class ServerFailed(AssertionError):
    """The server itself misbehaved: it did not start, died, or did not stop as it should."""


def program_path(program):
    folder = os.environ.get("PLINTH_INTEROP_BIN")
    if not folder:
        raise ServerFailed("PLINTH_INTEROP_BIN is not set: start the suites with test/interop/run --bin <folder>")
    path = pathlib.Path(folder, program).resolve()
    if not os.access(path, os.X_OK):
        raise ServerFailed(f"there is no program {path}: build it first")
    return str(path)


def program_environment(host, extra):
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith(_FOREIGN)}
    environment.update(
        GRPC__SERVER__HOST=host,
        GRPC__SERVER__PORT="0",
        OBSERVABILITY__METRICS_PORT="0",
        MYSERVICE_DATABASE=":memory:",
    )
    if "address" in SANITIZER:
        # Freed memory that waits in a large quarantine would look like a leak to the memory tests.
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"
    environment.update(extra or {})
    return environment


class Server:
    """One running server. `address` is what a client dials."""

    def __init__(self, program, *arguments, host="127.0.0.1", environment=None):
        command = [program_path(program), *arguments]
        self.program = program
        self.address = None
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        self._errors = open(os.path.join(self._folder.name, "stderr"), "w+b")
        self._lines = []
        self._started = threading.Event()
        self._asked = False
        self._ended = False
        self._process = subprocess.Popen(
            command,
            cwd=self._folder.name,
            env=program_environment(host, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self._await_start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self._process.pid

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    def check_alive(self):
        code = self._process.poll()
        if code is not None:
            raise ServerFailed(f"expected {self.program} to live on, it ended with {_ending(code)}{self._tail()}")

    def terminate(self):
        """Asks it to stop, as a process manager does, and returns at once. Once: a second signal means "now"."""
        if not self._asked:
            self._process.send_signal(signal.SIGTERM)
        self._asked = True

    def wait(self, expected=0):
        """Waits until the server has ended; anything but the expected exit code in time is a failure, told once."""
        if self._ended:
            return
        self._ended = True
        try:
            code = self._process.wait(seconds(STOP_LIMIT))
        except subprocess.TimeoutExpired:
            self._kill()
            raise ServerFailed(
                f"expected {self.program} to stop within {seconds(STOP_LIMIT)} s of SIGTERM, it had to be killed"
                f"{self._tail()}"
            ) from None
        self._reader.join(1)
        if code != expected:
            raise ServerFailed(
                f"expected {self.program} to exit with {expected} after SIGTERM, got {_ending(code)}{self._tail()}"
            )

    def stop(self):
        """Stops the server if it runs, and checks that it ended well."""
        try:
            if self._process.poll() is None:
                self.terminate()
            self.wait()
        finally:
            self._release()

    def events(self, name):
        """The events of that name that it has logged so far."""
        return [entry for entry in map(_entry, list(self._lines)) if entry.get("event") == name]

    def output(self):
        """All that it has written to stdout, and then all to stderr; to be asked between `wait` and `stop`."""
        return "\n".join(self._lines) + "\n" + self._written_to_stderr()

    def send_signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        """Ends the server at once, as a crash does."""
        self._ended = True
        self._kill()
        self._release()

    def _await_start(self):
        if self._started.wait(seconds(START_LIMIT)) and self.address:
            return
        self._kill()
        told = self._tail()
        self._release()
        raise ServerFailed(
            f"expected {self.program} to log grpc_server_started within {seconds(START_LIMIT)} s{told}"
        )

    def _release(self):
        self._process.stdout.close()
        self._errors.close()
        self._folder.cleanup()

    def _read_log(self):
        for line in self._process.stdout:
            self._lines.append(line.rstrip())
            if not self._started.is_set():
                self._look_for_address(line)
        self._started.set()

    def _look_for_address(self, line):
        entry = _entry(line)
        if entry.get("event") == "grpc_server_started":
            self.address = entry.get("address")
            self._started.set()

    def _kill(self):
        self._process.kill()
        self._process.wait()
        self._reader.join(1)

    def _tail(self):
        log = "\n".join(self._lines[-20:])
        return f"\n--- its last log lines ---\n{log}\n--- its stderr ---\n{self._written_to_stderr()[-4000:]}"

    def _written_to_stderr(self):
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")


def _entry(line):
    """The fields of a line of log; none when it is something else."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _ending(code):
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

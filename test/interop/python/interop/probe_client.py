"""Runs our client, the program probe-client, and reads what it tells."""

import json
import os
import subprocess
import tempfile
import threading

from interop.limits import seconds
from interop.server import program_environment, program_path

# Each failure is shown as it is, unless a test wants otherwise.
_PLAIN = {"GRPC__CLIENT__ENABLE_RETRY": "false", "GRPC__CLIENT__ENABLE_CIRCUIT_BREAKER": "false"}


class ProbeClient:
    """One running client. `calls`, `states` and `summary` are what it has told so far."""

    def __init__(self, target, *arguments, **settings):
        """`settings` are those of GRPC__CLIENT__, in lower case: max_retries=3."""
        self.calls = []
        self.states = []
        self.summary = None
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        self._errors = open(os.path.join(self._folder.name, "stderr"), "w+b")
        extra = {f"GRPC__CLIENT__{name.upper()}": str(value) for name, value in settings.items()}
        self._process = subprocess.Popen(
            [program_path("probe-client"), target, *map(str, arguments)],
            cwd=self._folder.name,
            env=program_environment("127.0.0.1", _PLAIN | extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def finish(self, limit=40):
        """Waits until it has made all its calls."""
        try:
            code = self._process.wait(seconds(limit))
            self._reader.join(5)
            if code != 0 or not self.summary:
                raise AssertionError(f"expected probe-client to end with 0, got {code}{self._tail()}")
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"expected probe-client to end within {seconds(limit)} s, its last lines: "
                f"{self.states[-3:]} {self.calls[-3:]}{self._tail()}"
            ) from None
        finally:
            self.stop()
        return self

    def stop(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        self._process.stdout.close()
        self._errors.close()
        self._folder.cleanup()

    def _read(self):
        for line in self._process.stdout:
            told = json.loads(line)
            if "call" in told:
                self.calls.append(told["call"])
            elif "state" in told:
                self.states.append(told["state"])
            else:
                self.summary = told["summary"]

    def _tail(self):
        self._errors.seek(0)
        return f"\n--- its stderr ---\n{self._errors.read()[-4000:].decode(errors='replace')}"


def service_config(**fields):
    """The argument for a service config."""
    return "--service_config=" + json.dumps(fields)


def make_calls(target, *arguments, **settings):
    """Runs the client to its end."""
    return ProbeClient(target, *arguments, **settings).finish()


def make_call(target, *arguments, **settings):
    """One call, and what the client tells of it."""
    return make_calls(target, "--each", *arguments, **settings).calls[0]

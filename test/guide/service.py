"""myservice, started as the guide says it: its log is kept, and commands reach it under the names of the guide."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from pages import ROOT

sys.path.insert(0, str(ROOT / "test" / "interop" / "python"))

from interop.limits import seconds  # noqa: E402 (found by the line above)
from interop.ports import free_port  # noqa: E402
from interop.server import program_environment, program_path  # noqa: E402
from interop.wait import wait_until  # noqa: E402

_BUF = ROOT / "test" / "interop" / "node" / "node_modules" / ".bin"
_END_OF_OUTPUT = "-- end of output --"


class Service:
    def __init__(self, environment):
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-guide-")
        self._log = pathlib.Path(self._folder.name, "log")
        self._admin = f"127.0.0.1:{free_port()}"
        variables = {"OBSERVABILITY__METRICS_PORT": self._admin.rpartition(":")[2], **environment}
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [program_path("myservice")],
                cwd=self._folder.name,
                env=program_environment("127.0.0.1", variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
            )
        try:
            self.address = self._await("grpc_server_started")["address"]
            self._await("health_status_changed")
        except BaseException:
            self.kill()
            raise

    def stop(self):
        """Its whole log, once it has ended as it should."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(seconds(10))
        assert code == 0, f"expected the service to end with 0, got {code}"
        return self._entries()

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def run(self, commands):
        """What each of the commands prints. One shell runs them all, at the top of the repository."""
        script = "".join(f"{command}\necho '{_END_OF_OUTPUT}'\n" for command in commands)
        done = subprocess.run(
            ["timeout", str(seconds(60)), "bash", "-c", self._in_this_run(script)],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"exit code {done.returncode}: {done.stdout}"
        return done.stdout.split(_END_OF_OUTPUT + "\n")[:-1]

    def _in_this_run(self, script):
        for name, here in (
            ("localhost:50051", self.address),
            ("localhost:9464", self._admin),
            ("build/release/bin", os.environ["PLINTH_INTEROP_BIN"]),
        ):
            script = script.replace(name, here)
        return script

    def _environment(self):
        # buf of npm, and the Python that has the packages of the tests.
        path = [str(_BUF), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]
        kept = program_environment("127.0.0.1", {"PATH": ":".join(path), "BUF_CACHE_DIR": self._folder.name})
        return kept | {"OBSERVABILITY__LOG_LEVEL": "off"}

    def _await(self, event):
        def entries():
            code = self._process.poll()
            assert code is None, f"expected the service to run, it ended with {code}"
            return [entry for entry in self._entries() if entry["event"] == event]

        return wait_until(entries, bool, f"{event} in the log", limit=10)[0]

    def _entries(self):
        return [json.loads(line) for line in self._log.read_text().splitlines(keepends=True) if line.endswith("\n")]

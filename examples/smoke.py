"""What the smoke tests of the examples share: an example that runs, and a client made from its .proto file."""

import importlib
import pathlib
import subprocess
import sys
import tempfile

_ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(_ROOT / "test" / "interop" / "python"))

from interop.client import callable_for, open_channel  # noqa: E402 (found by the line above)
from interop.limits import seconds  # noqa: E402
from interop.server import Server  # noqa: E402

PATIENCE = seconds(20)


def load(proto, folder):
    """The module that protoc makes of a .proto file."""
    with tempfile.TemporaryDirectory(prefix="plinth-smoke-") as output:
        subprocess.run(["protoc", f"-I{folder}", f"--python_out={output}", proto], check=True)
        sys.path.insert(0, output)
        return importlib.import_module(proto.removesuffix(".proto").replace("/", ".") + "_pb2")


class Example:
    """A running example. Its methods can be called by their names: `example.SayHello(request)`."""

    def __init__(self, program, messages):
        (self._service,) = messages.DESCRIPTOR.services_by_name.values()
        self._messages = messages
        self._server = Server(program)
        self.address = self._server.address
        self._channel = open_channel(self.address)

    def stop(self):
        self._channel.close()
        self._server.stop()

    def __getattr__(self, name):
        method = self._service.methods_by_name[name]
        return callable_for(
            self._channel,
            f"/{self._service.full_name}/{name}",
            getattr(self._messages, method.input_type.name),
            getattr(self._messages, method.output_type.name),
            method.client_streaming,
            method.server_streaming,
        )

"""Servers that crash, stop, hang and come back, always at the same address."""

import signal

from interop.server import Server, ServerFailed

_TRIES = 3


class Backend:
    """A server that can be ended and begun again. `pids` are those of all its processes, the newest last."""

    def __init__(self, program="probe-server", **environment):
        self._program = program
        self._environment = environment
        self._server = Server(program, environment=environment)
        self.port = self._server.port
        self.address = self._server.address
        self.pids = [self._server.pid]

    def kill(self):
        self._server.kill()

    def terminate(self):
        """SIGTERM, and the end that it must bring."""
        self._server.stop()

    def start(self):
        """Once it has ended. A connection of somebody may have taken the port for a moment."""
        environment = self._environment | {"GRPC__SERVER__PORT": str(self.port)}
        for left in reversed(range(_TRIES)):
            try:
                self._server = Server(self._program, environment=environment)
                self.pids.append(self._server.pid)
                return
            except ServerFailed:
                if not left:
                    raise

    def hang(self):
        """Its connections stay, and nothing answers."""
        self._server.send_signal(signal.SIGSTOP)

    def wake(self):
        self._server.send_signal(signal.SIGCONT)

    def stop(self):
        self.wake()
        self._server.stop()


def target_of(*backends):
    """For a client that is to use all of them: anything with a port."""
    return "ipv4:" + ",".join(f"127.0.0.1:{backend.port}" for backend in backends)

"""Our client with a real etcd: Put, Range, Watch, and a lease that is kept alive for 10 s."""

import shutil
import socket
import subprocess
import tempfile
import unittest

from interop.limits import seconds
from interop.ports import free_port
from interop.server import program_path
from interop.wait import wait_until


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class EtcdTest(unittest.TestCase):
    def start(self):
        """The port of an etcd of the test's own."""
        self.assertTrue(shutil.which("etcd"), "etcd is missing: apt install etcd-server")
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        self.addCleanup(folder.cleanup)
        port, peers = free_port(), free_port()
        etcd = subprocess.Popen(
            [
                "etcd",
                f"--data-dir={folder.name}",
                f"--listen-client-urls=http://127.0.0.1:{port}",
                f"--advertise-client-urls=http://127.0.0.1:{port}",
                f"--listen-peer-urls=http://127.0.0.1:{peers}",
                f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
                f"--initial-cluster=default=http://127.0.0.1:{peers}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(etcd.wait)
        self.addCleanup(etcd.kill)
        wait_until(lambda: accepts(port) or etcd.poll(), bool, "etcd to listen", 20)
        return port

    def test_put_range_watch_and_a_lease(self):
        target = f"ipv4:127.0.0.1:{self.start()}"
        client = subprocess.run(
            [program_path("etcd-client"), target], capture_output=True, text=True, timeout=seconds(60)
        )
        self.assertEqual(client.returncode, 0, f"etcd-client: {client.stdout}{client.stderr[-4000:]}")
        self.assertEqual(client.stdout.count("ok: "), 5, client.stdout)


if __name__ == "__main__":
    unittest.main()

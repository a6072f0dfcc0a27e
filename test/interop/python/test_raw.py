"""Peers that do not speak gRPC, or say nothing at all."""

import random
import socket
import unittest

from interop.case import PATIENCE, InteropCase
from interop.limits import seconds
from interop.protos import message

Nothing = message("plinth.test.Nothing")

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


class RawTest(InteropCase):
    program = "probe-server"
    service = "plinth.test.Probe"

    def tearDown(self):
        self.stub.Stats(Nothing(), timeout=PATIENCE)
        super().tearDown()

    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.server.port), seconds(5))
        self.addCleanup(peer.close)
        return peer

    def talk(self, sent, why):
        """Sends bytes and returns everything that comes back until the server closes the connection."""
        peer = self.connect()
        received = b""
        try:
            peer.sendall(sent)
            while data := peer.recv(65536):
                received += data
        except TimeoutError:
            self.fail(f"expected the server to close the connection after {why}, it stays open; got {received!r:.200}")
        except (ConnectionResetError, BrokenPipeError):
            pass
        return received

    def test_http_1_gets_an_answer_that_a_person_understands(self):
        for method in (b"GET", b"POST"):
            request = method + b" / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
            answer = self.talk(request, "an HTTP/1.1 request").decode()
            self.assertRegex(answer, r"^HTTP/1\.[01] 4\d\d ", "the first line of the answer to HTTP/1.1")
            self.assertIn("gRPC", answer)
            self.assertLess(len(answer), 1024, "the length of the answer to HTTP/1.1")

    def test_garbage_closes_the_connection(self):
        noise = random.Random(1)
        for size in (24, 100, 65536):
            self.talk(b"\x00" + noise.randbytes(size), f"{size} bytes of noise")

    def test_an_almost_right_preface_closes_the_connection(self):
        self.talk(PREFACE[:-1] + b"!" + NO_SETTINGS, "a preface with one wrong byte")

    def test_garbage_after_the_preface_closes_the_connection(self):
        noise = random.Random(2)
        self.talk(PREFACE + NO_SETTINGS + b"\xff" * 9 + noise.randbytes(1000), "noise instead of frames")

    def test_a_frame_before_the_settings_closes_the_connection(self):
        ping = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + b"12345678"
        self.talk(PREFACE + ping, "a PING where SETTINGS must be")

    def test_silent_clients_hurt_nobody(self):
        for _ in range(100):
            self.connect()
        for _ in range(20):
            self.stub.Stats(Nothing(), timeout=seconds(2))

    def test_clients_that_leave_in_the_middle_hurt_nobody(self):
        for length in range(len(PREFACE + NO_SETTINGS)):
            peer = self.connect()
            peer.sendall((PREFACE + NO_SETTINGS)[:length])
            peer.close()


if __name__ == "__main__":
    unittest.main()

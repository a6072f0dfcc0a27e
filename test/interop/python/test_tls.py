"""TLS and mutual TLS."""

import socket
import ssl
import tempfile
import time
import unittest

from interop.case import PATIENCE, InteropCase
from interop.certificates import Certificate
from interop.client import grpc, stub
from interop.limits import seconds
from interop.protos import message
from interop.server import Server

COMPRESSIONS = (None, grpc.Compression.Gzip)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])

Chunk = message("plinth.test.Chunk")
FloodRequest = message("plinth.test.FloodRequest")
Nothing = message("plinth.test.Nothing")


class TlsCase(InteropCase):
    program = "probe-server"
    service = "plinth.test.Probe"
    mutual = False

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.own, cls.known, cls.stranger = (Certificate(folder.name, name) for name in ("own", "known", "stranger"))
        cls.server = Server(cls.program, environment=cls.settings())
        cls.addClassCleanup(cls.server.stop)

    @classmethod
    def settings(cls):
        settings = {
            "GRPC__SERVER__TLS__CERT_FILE": str(cls.own.file),
            "GRPC__SERVER__TLS__KEY_FILE": str(cls.own.key_file),
        }
        if cls.mutual:
            settings["GRPC__SERVER__TLS__CLIENT_CA_FILE"] = str(cls.known.file)
        return settings

    def probe(self, trusted=None, identity=None, compression=None):
        """A stub for a client that trusts one certificate and shows another, or none."""
        credentials = grpc.ssl_channel_credentials(
            root_certificates=(trusted or self.own).pem,
            private_key=identity and identity.key_pem,
            certificate_chain=identity and identity.pem,
        )
        return stub(self.open_channel(self.server.address, credentials, compression), self.service)

    def assert_refused(self, why, probe):
        self.fails(grpc.StatusCode.UNAVAILABLE, why, probe.Stats, Nothing(), timeout=seconds(10))


class TlsTest(TlsCase):
    def test_calls_over_tls(self):
        sent = [Chunk(data=bytes([n]) * 50_000) for n in range(20)]
        for compression in COMPRESSIONS:
            with self.subTest(compression=compression):
                probe = self.probe(compression=compression)
                self.assertGreater(probe.Stats(Nothing(), timeout=PATIENCE).resident, 0)
                self.assertEqual(list(probe.Chat(iter(sent), timeout=PATIENCE)), sent)
                drained = probe.Drain(iter(sent), timeout=PATIENCE)
                self.assertEqual((drained.messages, drained.bytes), (20, 20 * 50_000))

    def test_a_large_stream_over_tls(self):
        for compression in COMPRESSIONS:
            with self.subTest(compression=compression):
                request = FloodRequest(bytes=16 << 20, message_size=65536)
                responses = self.probe(compression=compression).Flood(request, timeout=PATIENCE)
                self.assertEqual(sum(len(chunk.data) for chunk in responses), 16 << 20)

    def test_a_client_that_does_not_trust_the_server_is_not_connected(self):
        self.assert_refused("a server certificate that is not trusted", self.probe(trusted=self.stranger))
        self.probe().Stats(Nothing(), timeout=PATIENCE)

    def test_a_client_without_tls_is_refused_and_hurts_nobody(self):
        self.assert_refused("a client without TLS", self.stub)
        self.probe().Stats(Nothing(), timeout=PATIENCE)

    def test_h2_is_negotiated(self):
        context = ssl.create_default_context(cadata=self.own.pem.decode())
        context.set_alpn_protocols(["http/1.1", "h2"])
        with socket.create_connection(("127.0.0.1", self.server.port), seconds(5)) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                self.assertEqual(secure.selected_alpn_protocol(), "h2")
                self.assertIn(secure.version(), ("TLSv1.2", "TLSv1.3"))


class MutualTlsTest(TlsCase):
    mutual = True

    def test_a_known_client_is_let_in(self):
        for compression in COMPRESSIONS:
            with self.subTest(compression=compression):
                probe = self.probe(identity=self.known, compression=compression)
                self.assertGreater(probe.Stats(Nothing(), timeout=PATIENCE).resident, 0)

    def test_a_client_without_a_certificate_is_refused(self):
        self.assert_refused("a client without a certificate", self.probe())

    def test_a_client_with_a_strange_certificate_is_refused(self):
        self.assert_refused("a certificate that the server does not know", self.probe(identity=self.stranger))
        self.probe(identity=self.known).Stats(Nothing(), timeout=PATIENCE)


class BareTlsTest(TlsCase):
    """What only a client that does TLS by hand can do."""

    mutual = True

    def connect(self, protocols=("h2",)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.own.file)
        context.load_cert_chain(self.known.file, self.known.key_file)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # a session is known when the handshake ends
        if protocols:
            context.set_alpn_protocols(list(protocols))
        bare = socket.create_connection(("127.0.0.1", self.server.port), timeout=seconds(10))
        self.addCleanup(bare.close)
        return context, bare

    def hello(self, context, bare, session):
        with context.wrap_socket(bare, server_hostname="localhost", session=session) as connection:
            connection.sendall(PREFACE)
            return connection.session, connection.session_reused, len(connection.recv(1))

    def test_a_session_is_resumed_under_mutual_tls(self):
        context, first = self.connect()
        session, _, _ = self.hello(context, first, None)
        second = socket.create_connection(("127.0.0.1", self.server.port), timeout=seconds(10))
        self.addCleanup(second.close)
        _, reused, received = self.hello(context, second, session)
        self.assertTrue(reused, "expected the server to resume the session")
        self.assertEqual(received, 1, "expected the server's settings on the resumed connection")

    def test_a_client_that_offers_no_h2_is_not_served(self):
        context, bare = self.connect(protocols=None)
        _, _, received = self.hello(context, bare, None)
        self.assertEqual(received, 0, "expected the connection to be closed without a byte")

    def test_a_handshake_that_never_ends_does_not_hold_up_the_stop(self):
        server = Server(self.program, environment=self.settings() | {"GRPC__SERVER__SHUTDOWN_GRACE": "0.1"})
        self.addCleanup(server.stop)
        with socket.create_connection(("127.0.0.1", server.port), timeout=seconds(10)):
            begin = time.monotonic()
            server.terminate()
            server.wait()
        self.assertLess(time.monotonic() - begin, seconds(5), "the time that the server took to stop")


if __name__ == "__main__":
    unittest.main()

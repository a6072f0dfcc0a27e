"""Our client's TLS, mutual TLS and tokens with a server of grpcio, and what it says when a certificate is not right."""

import tempfile
import unittest

from interop.certificates import Authority
from interop.client import grpc
from interop.probe_client import make_call
from interop.probe_service import GrpcioServer


class TlsCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.ours, cls.strangers = Authority(folder.name, "ours"), Authority(folder.name, "strangers")
        cls.good = cls.ours.sign("good")

    def start(self, identity, client_authority=None):
        """A server with this certificate, which wants one of its clients if it has an authority for them."""
        credentials = grpc.ssl_server_credentials(
            [(identity.key_pem, identity.pem)],
            root_certificates=client_authority and client_authority.pem,
            require_client_auth=client_authority is not None,
        )
        server = GrpcioServer(credentials)
        self.addCleanup(server.stop)
        return server

    def call(self, server, *arguments, identity=None, ca_file=None):
        files = {"tls__ca_file": ca_file or self.ours.file}
        if identity:
            files |= {"tls__cert_file": identity.file, "tls__key_file": identity.key_file}
        return make_call(server.target, "--secure", *arguments, **files)

    def assert_refused(self, call, *words):
        self.assertEqual(call["code"], "UNAVAILABLE", call["message"])
        for word in words:
            self.assertIn(word, call["message"])


class TlsTest(TlsCase):
    def test_all_kinds_of_calls(self):
        server = self.start(self.good)
        for kind in ("Echo", "Flood", "Drain", "Chat"):
            call = self.call(server, f"--method={kind}", "--size=100000", "--reply_size=100000")
            self.assertEqual(call["code"], "OK", f"{kind}: {call['message']}")

    def test_a_name_of_the_server_that_is_given(self):
        server = self.start(self.ours.sign("named", "subjectAltName=DNS:service.example"))
        call = self.call(server, "--authority=service.example")
        self.assertEqual(call["code"], "OK", call["message"])

    def test_a_certificate_for_another_host(self):
        server = self.start(self.ours.sign("elsewhere", "subjectAltName=DNS:elsewhere.example"))
        self.assert_refused(self.call(server), "'127.0.0.1'", "elsewhere.example")

    def test_a_certificate_by_an_authority_that_is_not_known(self):
        server = self.start(self.strangers.sign("unknown"))
        self.assert_refused(self.call(server), "unknown authority", "'CN=strangers'")

    def test_a_certificate_that_has_expired(self):
        server = self.start(self.ours.sign("old", dates=("20200101000000Z", "20210203000000Z")))
        self.assert_refused(self.call(server), "expired", "2021")

    def test_a_certificate_that_is_not_valid_yet(self):
        server = self.start(self.ours.sign("early", dates=("20480506000000Z", "20491231235959Z")))
        self.assert_refused(self.call(server), "not valid yet", "2048")

    def test_a_server_without_tls(self):
        server = GrpcioServer()
        self.addCleanup(server.stop)
        self.assert_refused(self.call(server), str(server.port))

    def test_a_server_with_tls_for_a_client_without(self):
        server = self.start(self.good)
        self.assert_refused(make_call(server.target), str(server.port))


class MutualTlsTest(TlsCase):
    def test_a_client_that_the_server_knows(self):
        server = self.start(self.good, self.ours)
        call = self.call(server, identity=self.ours.sign("client"))
        self.assertEqual(call["code"], "OK", call["message"])

    def test_a_client_without_a_certificate(self):
        server = self.start(self.good, self.ours)
        self.assert_refused(self.call(server), str(server.port))

    def test_a_client_that_the_server_does_not_know(self):
        server = self.start(self.good, self.ours)
        self.assert_refused(self.call(server, identity=self.strangers.sign("client")), str(server.port))


class TokenTest(TlsCase):
    def test_a_token_goes_with_each_call_over_tls(self):
        server = self.start(self.good)
        for kind in ("Echo", "Flood", "Drain", "Chat"):
            call = self.call(server, f"--method={kind}", "--reply_size=1", "--token=abc.DEF~123")
            self.assertEqual(call["code"], "OK", f"{kind}: {call['message']}")
        self.assertEqual([seen.get("authorization") for seen in server.service.seen], ["Bearer abc.DEF~123"] * 4)

    def test_a_token_is_not_sent_without_tls(self):
        server = GrpcioServer()
        self.addCleanup(server.stop)
        call = make_call(server.target, "--token=abc.DEF~123")
        self.assertEqual(call["code"], "UNAUTHENTICATED", call["message"])
        self.assertEqual(server.service.seen, [], "calls that have reached the server")


if __name__ == "__main__":
    unittest.main()

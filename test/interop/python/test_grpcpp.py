"""grpc++, another implementation: its client of gRPC's interoperability tests against our server, and the reverse."""

import tempfile
import unittest

from interop.certificates import Authority
from interop.official_cases import EVERYWHERE, PLAIN, SEES_COMPRESSION
from interop.official_client import OfficialChecks, run_grpcpp, run_ours
from interop.server import Server

NAME = "foo.test.google.fr"


class GrpcppCase(unittest.TestCase, OfficialChecks):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.authority = Authority(folder.name, "ca")
        identity = cls.authority.sign("server", "subjectAltName=DNS:*.test.google.fr")
        cls.identity = (f"--tls_cert_file={identity.file}", f"--tls_key_file={identity.key_file}")
        cls.trust = (f"--ca_file={cls.authority.file}", f"--server_host_override={NAME}")

    def start(self, program, *flags):
        server = Server(program, "--port=0", *flags)
        self.addCleanup(server.stop)
        return server


class ItsServerTest(GrpcppCase):
    def test_all_cases_of_our_client(self):
        self.assert_passed(run_ours(self.start("grpcpp-interop-server").port, EVERYWHERE), EVERYWHERE)

    def test_all_cases_of_our_client_over_tls(self):
        server = self.start("grpcpp-interop-server", *self.identity)
        self.assert_passed(run_ours(server.port, EVERYWHERE, "--use_tls", *self.trust), EVERYWHERE)


class ItsClientTest(GrpcppCase):
    CASES = (*PLAIN, *SEES_COMPRESSION)

    def test_all_cases_against_our_server(self):
        self.assert_passed(run_grpcpp(self.start("interop-server", "--use_tls=false").port), self.CASES)

    def test_all_cases_against_our_server_over_tls(self):
        server = self.start("interop-server", "--use_tls=true", *self.identity)
        self.assert_passed(run_grpcpp(server.port, *self.trust), self.CASES)


if __name__ == "__main__":
    unittest.main()

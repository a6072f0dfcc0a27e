"""interop-client, our program for gRPC's interoperability tests, against our server and one of grpcio."""

import tempfile
import unittest

from interop.certificates import Authority
from interop.client import grpc
from interop.official_cases import LOAD_REPORTS, OURS, PLAIN, SEES_COMPRESSION, SOAK
from interop.official_client import OfficialChecks, run_ours
from interop.official_service import OfficialServer
from interop.server import Server

# As the official programs call their server.
NAME = "foo.test.google.fr"

AT_ONCE = {"GRPC__CLIENT__ENABLE_RETRY": "false"}


class OfficialCase(unittest.TestCase, OfficialChecks):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.authority, cls.stranger = Authority(folder.name, "ca"), Authority(folder.name, "stranger")
        cls.identity = cls.authority.sign("server", "subjectAltName=DNS:*.test.google.fr")
        cls.tls = ("--use_tls=true", "--use_test_ca=true", f"--ca_file={cls.authority.file}")

    def start(self, *flags):
        server = Server("interop-server", "--port=0", *flags)
        self.addCleanup(server.stop)
        return server

    def start_secure(self):
        return self.start(
            "--use_tls=true", f"--tls_cert_file={self.identity.file}", f"--tls_key_file={self.identity.key_file}"
        )


class OursTest(OfficialCase):
    def test_all_cases(self):
        self.assert_passed(run_ours(self.start("--use_tls=false").port, "all"), OURS)

    def test_all_cases_from_a_worker(self):
        self.assert_passed(run_ours(self.start("--use_tls=false").port, "all", "--on_worker"), OURS)

    def test_all_cases_over_tls(self):
        server = self.start_secure()
        self.assert_passed(run_ours(server.port, "all", *self.tls, f"--server_host_override={NAME}"), OURS)

    def test_a_server_by_another_name_is_not_called(self):
        flags = (*self.tls, "--server_host_override=foo.example")
        run = run_ours(self.start_secure().port, "empty_unary", *flags, settings=AT_ONCE)
        self.assertIn("FAILED", run.verdicts["empty_unary"])
        self.assertIn("foo.example", run.verdicts["empty_unary"])
        self.assertEqual(run.code, 1)

    def test_a_server_of_an_unknown_authority_is_not_called(self):
        trusting = ("--use_tls", f"--ca_file={self.stranger.file}", f"--server_host_override={NAME}")
        run = run_ours(self.start_secure().port, "empty_unary", *trusting, settings=AT_ONCE)
        self.assertIn("FAILED", run.verdicts["empty_unary"])
        self.assertEqual(run.code, 1)


class GrpcioTest(OfficialCase):
    CASES = (*PLAIN, *SOAK, *LOAD_REPORTS, "pick_first_unary")

    def serve(self, credentials=None):
        server = OfficialServer(credentials)
        self.addCleanup(server.stop)
        return server

    def test_all_cases_that_it_can_express(self):
        self.assert_passed(run_ours(self.serve().port, self.CASES), self.CASES)

    def test_all_cases_that_it_can_express_over_tls(self):
        credentials = grpc.ssl_server_credentials([(self.identity.key_pem, self.identity.pem)])
        cases = [case for case in self.CASES if case != "concurrent_large_unary"]  # slow there, and seen above
        run = run_ours(self.serve(credentials).port, cases, *self.tls, f"--server_host_override={NAME}")
        self.assert_passed(run, cases)

    def test_a_server_that_does_not_look_at_compression_fails_the_cases_that_need_it(self):
        run = run_ours(self.serve().port, SEES_COMPRESSION)
        for case in SEES_COMPRESSION:
            self.assertIn("FAILED: the probe", run.verdicts[case])
        self.assertEqual(run.code, 1)


class FlagsTest(OfficialCase):
    def refused(self, *flags):
        run = run_ours(1, "empty_unary", *flags)
        self.assertEqual((run.code, run.verdicts), (2, {}), f"a usage error for {flags}; stderr: {run.errors}")
        return run.errors

    def test_flags_of_a_cloud_are_refused(self):
        self.assertIn("--oauth_scope: asks for credentials of a cloud", self.refused("--oauth_scope=x"))

    def test_a_test_authority_must_be_given(self):
        self.assertIn("needs --ca_file", self.refused("--use_tls", "--use_test_ca"))

    def test_cases_that_are_not_there_are_refused_with_a_reason(self):
        reasons = {
            "jwt_token_creds": "credentials of a cloud",
            "cacheable_unary": "caching proxy",
            "emtpy_unary": "known are: all empty_unary",
        }
        for name, words in reasons.items():
            run = run_ours(1, name)
            self.assertEqual(run.code, 2, f"a usage error for the case {name}")
            self.assertIn(words, run.errors)

    def test_a_server_that_is_not_there_fails_the_case(self):
        run = run_ours(1, "empty_unary", settings=AT_ONCE)
        words = "FAILED: EmptyCall should have succeeded, and ended with UNAVAILABLE"
        self.assertIn(words, run.verdicts["empty_unary"])
        self.assertEqual(run.code, 1)


class SoakTest(OfficialCase):
    def soak(self, *flags):
        server = self.start("--use_tls=false")
        return run_ours(server.port, "rpc_soak", *flags)

    def test_an_iteration_that_takes_too_long_is_a_failure(self):
        slow = ("--soak_iterations=3", "--soak_per_iteration_max_acceptable_latency_ms=0")
        slow += ("--soak_overall_timeout_seconds=60",)
        self.assertIn("FAILED: 3 iterations", self.soak(*slow).verdicts["rpc_soak"])
        self.assertEqual(self.soak(*slow, "--soak_max_failures=3").code, 0)

    def test_no_iteration_begins_after_the_overall_timeout(self):
        paced = ("--soak_iterations=1000", "--soak_min_time_ms_between_rpcs=300")
        run = self.soak(*paced, "--soak_overall_timeout_seconds=1")
        self.assertRegex(run.verdicts["rpc_soak"], "FAILED: only [2-4] of 1000 iterations were done in time")


if __name__ == "__main__":
    unittest.main()

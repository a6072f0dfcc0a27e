"""Our client against a server of grpcio: the four kinds of calls, metadata, deadlines, cancellation, compression."""

import unittest

from interop.fault_proxy import FaultProxy
from interop.limits import MIB, seconds
from interop.probe_client import make_call, make_calls
from interop.probe_service import DETAILS, GrpcioServer


class GrpcioCase(unittest.TestCase):
    def setUp(self):
        self.server = GrpcioServer()
        self.addCleanup(self.server.stop)
        self.service = self.server.service

    def call(self, *arguments, target=None, **settings):
        return make_call(target or self.server.target, *arguments, **settings)

    def call_well(self, *arguments, **options):
        call = self.call(*arguments, **options)
        self.assertEqual(call["code"], "OK", f"expected OK from {arguments}, got {call['code']} {call['message']!r}")
        return call


class KindTest(GrpcioCase):
    def test_unary(self):
        call = self.call_well("--method=Echo", "--size=10000", "--reply_size=20000")
        self.assertEqual((call["received"], call["bytes"]), (10000, 20000))

    def test_server_streaming(self):
        call = self.call_well("--method=Flood", "--messages=200", "--reply_size=65536")
        self.assertEqual((call["messages"], call["bytes"]), (200, 200 * 65536))

    def test_client_streaming(self):
        call = self.call_well("--method=Drain", "--messages=200", "--size=65536")
        self.assertEqual((call["messages"], call["received"]), (200, 200 * 65536))

    def test_bidirectional(self):
        call = self.call_well("--method=Chat", "--messages=100", "--size=1000")
        self.assertEqual((call["messages"], call["bytes"]), (100, 100_000))

    def test_many_calls_at_once(self):
        for kind in ("Echo", "Flood", "Drain", "Chat"):
            run = make_calls(self.server.target, f"--method={kind}", "--calls=200", "--concurrency=50", "--size=100",
                             "--reply_size=100")
            self.assertEqual(run.summary["codes"], {"OK": 200}, f"200 calls of {kind}: {run.summary['errors']}")

    def test_calls_from_a_thread_without_a_worker(self):
        for kind in ("Echo", "Flood", "Drain", "Chat"):
            run = make_calls(self.server.target, f"--method={kind}", "--threads", "--calls=50", "--concurrency=10",
                             "--size=100", "--reply_size=100")
            self.assertEqual(run.summary["codes"], {"OK": 50}, f"50 calls of {kind}: {run.summary['errors']}")


class MetadataTest(GrpcioCase):
    def test_the_server_sees_what_the_caller_sends(self):
        self.call_well("--metadata", "tenant=eight", "--metadata", "trace-bin=raw bytes")
        seen = self.service.seen[0]
        self.assertEqual((seen["tenant"], seen["trace-bin"]), ("eight", b"raw bytes"))
        self.assertRegex(seen["user-agent"], r"^plinth-c\+\+/\d")
        self.assertNotIn("call-watch", seen, "what an interceptor has removed is not sent")

    def test_the_caller_sees_what_the_server_sends(self):
        for method in ("Echo", "Flood", "Drain", "Chat"):
            call = self.call_well(f"--method={method}", "--reply_size=10")
            self.assertIn(["probe-initial", "yes"], call["initial"], method)
            self.assertIn(["probe-initial-bin", "00ff"], call["initial"], method)
            self.assertIn(["probe-trailing", "yes"], call["trailing"], method)
            self.assertIn(["probe-trailing-bin", "fe01"], call["trailing"], method)


class StatusTest(GrpcioCase):
    def test_code_message_details_and_trailers_of_an_error_arrive(self):
        call = self.call("--method=Fail", "--code=9", "--message=not now: é")
        self.assertEqual((call["code"], call["message"]), ("FAILED_PRECONDITION", "not now: é"))
        self.assertEqual(call["details"], DETAILS.hex())
        self.assertIn(["probe-trailing", "yes"], call["trailing"])

    def test_each_code(self):
        for code, name in ((1, "CANCELLED"), (5, "NOT_FOUND"), (13, "INTERNAL"), (16, "UNAUTHENTICATED")):
            self.assertEqual(self.call("--method=Fail", f"--code={code}")["code"], name)


class DeadlineTest(GrpcioCase):
    def test_the_server_knows_the_deadline(self):
        remaining = self.call_well(f"--deadline_ms={seconds(7000)}")["remaining_ms"]
        self.assertTrue(seconds(5000) < remaining <= seconds(7000), f"{remaining} ms left at the server")

    def test_a_call_without_a_deadline_has_that_of_the_settings(self):
        remaining = self.call_well(default_timeout=seconds(50))["remaining_ms"]
        self.assertTrue(seconds(45_000) < remaining <= seconds(50_000), f"{remaining} ms left at the server")

    def test_a_deadline_ends_the_call_here_and_there(self):
        call = self.call("--method=Hang", f"--deadline_ms={seconds(300)}")
        self.assertEqual(call["code"], "DEADLINE_EXCEEDED")
        self.assertTrue(seconds(290) < call["ms"] < seconds(1500), f"a deadline of {seconds(300)} ms: {call['ms']} ms")
        self.assertTrue(self.service.cancelled.wait(seconds(5)), "the handler should have been cancelled")

    def test_a_cancelled_call_is_cancelled_at_the_server(self):
        call = self.call("--method=Hang", f"--cancel_after_ms={seconds(200)}")
        self.assertEqual((call["code"], call["message"]), ("CANCELLED", "the probe has changed its mind"))
        self.assertTrue(self.service.cancelled.wait(seconds(5)), "the handler should have been cancelled")


class CompressionTest(GrpcioCase):
    """The sizes on the wire, as a proxy counts them, tell what was compressed."""

    def bytes_of(self, *arguments):
        with FaultProxy(self.server.port) as proxy:
            call = self.call_well(f"--size={MIB}", f"--reply_size={MIB}", *arguments, target=proxy.target)
            self.assertEqual((call["received"], call["bytes"]), (MIB, MIB))
            return proxy.sent, proxy.received

    def test_nothing_is_compressed_unless_asked_for(self):
        sent, received = self.bytes_of()
        self.assertGreater(min(sent, received), MIB)

    def test_compressed_requests(self):
        sent, received = self.bytes_of("--gzip")
        self.assertLess(sent, MIB // 10)
        self.assertGreater(received, MIB)

    def test_compressed_responses(self):
        sent, received = self.bytes_of("--metadata", "compress=gzip")
        self.assertGreater(sent, MIB)
        self.assertLess(received, MIB // 10)

    def test_a_compressed_response_is_bounded_by_its_size_without_compression(self):
        call = self.call(f"--reply_size={5 * MIB}", "--metadata", "compress=gzip")
        self.assertEqual(call["code"], "RESOURCE_EXHAUSTED", call["message"])


class LargeMessageTest(GrpcioCase):
    def test_a_large_message_both_ways(self):
        size = 32 * MIB
        call = self.call_well(f"--size={size}", f"--reply_size={size}", max_message_size=2 * size)
        self.assertEqual((call["received"], call["bytes"]), (size, size))

    def test_a_response_above_the_limit(self):
        call = self.call(f"--reply_size={5 * MIB}")
        self.assertEqual(call["code"], "RESOURCE_EXHAUSTED")
        self.assertIn(f"127.0.0.1:{self.server.port}", call["message"])
        self.assertIn(str(4 * MIB), call["message"])


if __name__ == "__main__":
    unittest.main()

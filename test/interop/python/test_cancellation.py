"""Deadlines and cancellation: the caller sees its status, and the handler at the other end unwinds."""

import subprocess
import sys
import time
import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import grpc
from interop.limits import seconds
from interop.process import connections, cpu_seconds
from interop.protos import message
from interop.wait import wait_until

FloodRequest = message("plinth.test.FloodRequest")
Nothing = message("plinth.test.Nothing")
Chunk = message("plinth.test.Chunk")

DEADLINE_EXCEEDED = grpc.StatusCode.DEADLINE_EXCEEDED
GIB = 1 << 30


class CancellationCase(InteropCase):
    program = "probe-server"
    service = "plinth.test.Probe"

    def stats(self):
        return self.stub.Stats(Nothing(), timeout=PATIENCE)

    def await_hanging(self, count):
        wait_until(lambda: self.stats().hanging, lambda hanging: hanging == count, f"{count} handlers that hang")

    def assert_unwound(self, cancelled_before, count):
        self.await_hanging(0)
        cancelled = self.stats().cancelled - cancelled_before
        self.assertEqual(cancelled, count, f"expected {count} handlers to notice, {cancelled} did")


class DeadlineTest(CancellationCase):
    def test_the_caller_sees_the_deadline_and_the_handler_unwinds(self):
        begin = time.monotonic()
        call = self.stub.Hang.future(Nothing(), timeout=seconds(0.4))
        self.await_hanging(1)
        self.assert_status(call.exception(PATIENCE), DEADLINE_EXCEEDED, "a call that outlives its deadline")
        self.assertLess(time.monotonic() - begin, seconds(2), f"the deadline was {seconds(0.4)} s")
        self.await_hanging(0)

    def test_many_deadlines_at_once(self):
        calls = [self.stub.Hang.future(Nothing(), timeout=seconds(0.4 + n * 0.002)) for n in range(100)]
        self.await_hanging(100)
        for call in calls:
            self.assert_status(call.exception(PATIENCE), DEADLINE_EXCEEDED, "one of 100 calls")
        self.await_hanging(0)

    def test_a_deadline_of_a_stream(self):
        request = FloodRequest(bytes=GIB, message_size=16)
        responses = self.stub.Flood(request, timeout=0.3)
        with self.assertRaises(grpc.RpcError) as caught:
            for _ in responses:
                pass
        self.assert_status(caught.exception, DEADLINE_EXCEEDED, "a stream that outlives its deadline")

    def test_a_deadline_that_has_passed_already(self):
        why = "a deadline of a microsecond"
        self.fails(DEADLINE_EXCEEDED, why, self.stub.Hang, Nothing(), timeout=0.000001)
        self.await_hanging(0)


class CancelTest(CancellationCase):
    def test_cancelling_a_unary_call_unwinds_its_handler(self):
        before = self.stats().cancelled
        call = self.stub.Hang.future(Nothing(), timeout=PATIENCE)
        self.await_hanging(1)
        call.cancel()
        self.assertEqual(call.code(), grpc.StatusCode.CANCELLED)
        self.assert_unwound(before, 1)

    def test_cancelling_many_calls_unwinds_each(self):
        before = self.stats().cancelled
        calls = [self.stub.Hang.future(Nothing(), timeout=PATIENCE) for _ in range(100)]
        self.await_hanging(100)
        for call in calls:
            call.cancel()
        self.assert_unwound(before, 100)

    def test_closing_the_connection_unwinds_its_handlers(self):
        before = self.stats().cancelled
        other = self.open_channel(self.server.address)
        hang = other.unary_unary("/plinth.test.Probe/Hang", Nothing.SerializeToString, Nothing.FromString)
        call = hang.future(Nothing(), timeout=PATIENCE)
        self.await_hanging(1)
        other.close()
        self.assertEqual(call.code(), grpc.StatusCode.CANCELLED)
        self.assert_unwound(before, 1)

    def test_killing_a_client_with_many_connections_unwinds_all_its_handlers(self):
        before = self.stats().cancelled
        own = connections(self.server)
        client = subprocess.Popen([sys.executable, "-m", "interop.hang", self.server.address, "50"])
        try:
            self.await_hanging(50)
        finally:
            client.kill()
            client.wait()
        self.assert_unwound(before, 50)
        wait_until(lambda: connections(self.server), lambda left: left <= own, "no connection of the killed client")

    def test_cancelling_a_flood_stops_the_work(self):
        responses = self.stub.Flood(FloodRequest(bytes=GIB, message_size=65536), timeout=PATIENCE)
        self.assertEqual(len(next(responses).data), 65536)
        responses.cancel()
        self.await_idle()
        self.assertEqual(self.stats().hanging, 0)

    def test_cancelling_in_the_middle_of_a_stream_of_requests(self):
        def endless():
            while True:
                yield Chunk(data=b"x" * 1000)

        call = self.stub.Drain.future(endless(), metadata=(("delay-ms", "1"),), timeout=PATIENCE)
        time.sleep(0.2)
        call.cancel()
        self.await_idle()

    def await_idle(self):
        """Waits for a moment in which the server does nearly nothing."""

        def used_in_a_while():
            before = cpu_seconds(self.server)
            time.sleep(0.3)
            return cpu_seconds(self.server) - before

        wait_until(used_in_a_while, lambda used: used <= 0.05, "an idle server once the call is cancelled")


if __name__ == "__main__":
    unittest.main()

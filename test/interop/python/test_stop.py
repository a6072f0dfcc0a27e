"""SIGTERM: running calls finish within the grace, the rest are ended, and the exit code is 0. A second signal: now."""

import asyncio
import signal
import time
import unittest

from interop.case import PATIENCE
from interop.client import grpc, open_async_channel, stub
from interop.limits import seconds
from interop.loop import asynchronous, run
from interop.protos import message
from interop.streams import exchange, read
from interop.server import Server

Chunk = message("plinth.test.Chunk")
HealthCheckRequest = message("grpc.health.v1.HealthCheckRequest")
HealthCheckResponse = message("grpc.health.v1.HealthCheckResponse")
Nothing = message("plinth.test.Nothing")

ENDED_BY_SERVER = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


class StopTest(unittest.TestCase):
    def start(self, program="probe-server", service="plinth.test.Probe", grace=None):
        environment = {"GRPC__SERVER__SHUTDOWN_GRACE": str(grace)} if grace is not None else None
        self.server = Server(program, environment=environment)
        self.addCleanup(self.server.stop)
        channel = open_async_channel(self.server.address)
        self.addCleanup(lambda: run(channel.close()))
        return stub(channel, service)

    async def terminate(self):
        """Sends SIGTERM and gives the server the time to act on it."""
        self.server.terminate()
        await asyncio.sleep(seconds(0.3))

    async def assert_stops_within(self, limit, why, expected=0):
        begin = time.monotonic()
        await asyncio.to_thread(self.server.wait, expected)
        took = time.monotonic() - begin
        self.assertLess(took, seconds(limit), f"expected {why} to stop within {limit} s, it took {took:.1f} s")

    async def hang(self, probe):
        """A call that hangs by now."""
        call = probe.Hang(Nothing(), timeout=PATIENCE)
        while not (await probe.Stats(Nothing(), timeout=PATIENCE)).hanging:
            await asyncio.sleep(0.02)
        return call

    async def turn(self, call, data):
        self.assertEqual((await exchange(call, Chunk(data=data))).data, data)

    @asynchronous
    async def test_a_running_stream_goes_on_and_ends_ok(self):
        call = self.start(grace=seconds(5)).Chat(timeout=PATIENCE)
        await self.turn(call, b"before")
        await self.terminate()
        await self.turn(call, b"after SIGTERM")
        await call.done_writing()
        self.assertIs(await call.read(), grpc.aio.EOF)
        self.assertEqual(await call.code(), grpc.StatusCode.OK, "a call that ends within the grace")
        await self.assert_stops_within(2, "a server whose last call has ended")

    @asynchronous
    async def test_a_running_upload_gets_its_reply(self):
        call = self.start(grace=seconds(5)).Drain(metadata=(("delay-ms", "100"),), timeout=PATIENCE)
        for _ in range(8):
            await call.write(Chunk(data=b"12345"))
        await call.done_writing()
        await self.terminate()
        reply = await call
        self.assertEqual((reply.messages, reply.bytes), (8, 40))
        await self.assert_stops_within(2, "a server whose last call has ended")

    @asynchronous
    async def test_new_calls_are_refused_while_old_ones_finish(self):
        probe = self.start(grace=seconds(5))
        call = probe.Chat(timeout=PATIENCE)
        await self.turn(call, b"before")
        await self.terminate()
        with self.assertRaises(grpc.RpcError) as caught:
            await probe.Stats(Nothing(), timeout=PATIENCE)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE, "a call after SIGTERM")
        await call.done_writing()
        self.assertEqual(await call.code(), grpc.StatusCode.OK, "the call from before SIGTERM")

    @asynchronous
    async def test_a_call_that_outlives_the_grace_is_ended(self):
        call = await self.hang(self.start(grace=0.5))
        self.server.terminate()
        self.assertIn(await call.code(), ENDED_BY_SERVER, "the end of a call that outlives the grace")
        await self.assert_stops_within(2, "a server whose grace of 0.5 s is over")

    @asynchronous
    async def test_a_second_signal_ends_it_at_once(self):
        call = await self.hang(self.start(grace=seconds(60)))
        await self.terminate()
        self.server.check_alive()
        self.assertFalse(call.done(), "a call within the grace")
        self.server.send_signal(signal.SIGINT)
        await self.assert_stops_within(5, "a server that is told twice", expected=130)
        self.assertIn(await call.code(), ENDED_BY_SERVER, "the end of a call whose server is gone")

    @asynchronous
    async def test_an_idle_connection_does_not_hold_the_server_up(self):
        await self.start(grace=seconds(8)).Stats(Nothing(), timeout=PATIENCE)
        self.server.terminate()
        await self.assert_stops_within(3, "a server without calls")

    @asynchronous
    async def test_a_watcher_of_health_is_told(self):
        health = self.start("myservice", "grpc.health.v1.Health", grace=1)
        call = health.Watch(HealthCheckRequest(), timeout=PATIENCE)
        self.assertEqual((await read(call)).status, HealthCheckResponse.SERVING)
        self.server.terminate()
        told = await read(call, "NOT_SERVING at SIGTERM")
        self.assertEqual(told.status, HealthCheckResponse.NOT_SERVING, "what a watcher hears at SIGTERM")
        await self.assert_stops_within(4, "a server with a watcher")


if __name__ == "__main__":
    unittest.main()

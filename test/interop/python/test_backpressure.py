"""Back-pressure: the slower side sets the pace, and the server's memory stays small meanwhile."""

import asyncio
import time
import unittest

from interop.case import PATIENCE, AsyncInteropCase
from interop.client import grpc, stub
from interop.limits import MIB, memory, seconds
from interop.loop import asynchronous, run
from interop.protos import message
from interop.streams import exchange, read

Chunk = message("plinth.test.Chunk")
FloodRequest = message("plinth.test.FloodRequest")
Nothing = message("plinth.test.Nothing")

GROWTH_LIMIT = memory(32 * MIB)
MESSAGE = 64 << 10


class BackPressureCase(AsyncInteropCase):
    program = "probe-server"
    service = "plinth.test.Probe"

    def setUp(self):
        """Watches over a connection of its own, so that no flow control of the calls under test is in the way."""
        super().setUp()
        self.watching = stub(self.open_channel(self.server.address), self.service)
        self.before = run(self.stats())

    async def stats(self):
        return await self.watching.Stats(Nothing(), timeout=PATIENCE)

    async def watch_memory(self, duration):
        """Checks again and again, for that many seconds, that the server has not grown."""
        end = time.monotonic() + duration
        while time.monotonic() < end:
            await asyncio.sleep(0.05)
            await self.assert_small()

    async def assert_small(self):
        now = await self.stats()
        growth = max(now.resident - self.before.resident, now.peak_resident - self.before.peak_resident)
        self.assertLess(
            growth,
            GROWTH_LIMIT,
            f"expected the server to grow by less than {GROWTH_LIMIT // MIB} MiB, it grew by {growth // MIB} MiB",
        )


class SlowReaderTest(BackPressureCase):
    def flood(self, size, message_size=MESSAGE):
        return self.stub.Flood(FloodRequest(bytes=size, message_size=message_size), timeout=PATIENCE)

    @asynchronous
    async def test_a_client_that_stops_reading_stops_the_server(self):
        call = self.flood(1 << 30)
        for _ in range(2):
            self.assertEqual(len((await read(call)).data), MESSAGE)
        await self.watch_memory(1.0)
        self.assertEqual(len((await read(call, "more after the pause")).data), MESSAGE)
        call.cancel()
        await self.assert_small()

    @asynchronous
    async def test_twenty_clients_that_stop_reading(self):
        calls = [self.flood(1 << 30) for _ in range(20)]
        await asyncio.gather(*(read(call) for call in calls))
        await self.watch_memory(1.0)
        for call in calls:
            call.cancel()

    @asynchronous
    async def test_a_reader_that_goes_on_gets_every_byte(self):
        call = self.flood(64 * MIB)
        sizes = [len(chunk.data) async for chunk in call]
        self.assertEqual(sizes, [MESSAGE] * (64 * MIB // MESSAGE))
        self.assertEqual(await call.code(), grpc.StatusCode.OK)
        await self.assert_small()

    @asynchronous
    async def test_the_last_message_is_what_remains(self):
        sizes = [len(chunk.data) async for chunk in self.flood(100_000, 30_000)]
        self.assertEqual(sizes, [30_000, 30_000, 30_000, 10_000])


class SlowHandlerTest(BackPressureCase):
    async def push(self, call, sent):
        """Writes as fast as the server lets it; `sent` grows by one a message."""
        chunk = Chunk(data=bytes(MESSAGE))
        while True:
            await call.write(chunk)
            sent.append(MESSAGE)

    @asynchronous
    async def test_a_client_that_pushes_at_a_slow_handler_is_held_back(self):
        call = self.stub.Drain(metadata=(("delay-ms", "20"),), timeout=PATIENCE)
        sent = []
        pushing = asyncio.ensure_future(self.push(call, sent))
        await self.watch_memory(2.0)
        pushing.cancel()
        call.cancel()
        handled = int(2.0 / 0.02) * MESSAGE
        self.assertLess(
            sum(sent),
            handled + GROWTH_LIMIT,
            "the bytes that the server took from the client in 2 s at 20 ms a message",
        )
        self.assertGreater(len(sent), 2, "the messages that the server took in 2 s")

    @asynchronous
    async def test_a_slow_handler_gets_every_message(self):
        call = self.stub.Drain(metadata=(("delay-ms", "2"),), timeout=PATIENCE)
        for _ in range(200):
            await call.write(Chunk(data=bytes(MESSAGE)))
        await call.done_writing()
        reply = await call
        self.assertEqual((reply.messages, reply.bytes), (200, 200 * MESSAGE))

    @asynchronous
    async def test_a_slow_call_does_not_slow_its_neighbours(self):
        call = self.stub.Drain(metadata=(("delay-ms", "20"),), timeout=PATIENCE)
        pushing = asyncio.ensure_future(self.push(call, []))
        await asyncio.sleep(0.3)
        chat = self.stub.Chat(timeout=PATIENCE)
        begin = time.monotonic()
        for turn in range(20):
            self.assertEqual((await exchange(chat, Chunk(data=bytes([turn])))).data, bytes([turn]))
        self.assertLess(time.monotonic() - begin, seconds(3), "20 turns beside a call that is held back")
        pushing.cancel()
        call.cancel()
        chat.cancel()


if __name__ == "__main__":
    unittest.main()

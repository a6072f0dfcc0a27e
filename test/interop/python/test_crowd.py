"""Many clients at once, and many calls at once on one connection."""

import asyncio
import unittest

from interop.case import AsyncInteropCase
from interop.client import grpc, stub
from interop.limits import seconds
from interop.loop import asynchronous
from interop.process import connections
from interop.protos import message
from interop.streams import exchange

Chunk = message("plinth.test.Chunk")
Nothing = message("plinth.test.Nothing")

CLIENTS = 200
STREAMS = 1000
PATIENCE = seconds(60)


class CrowdCase(AsyncInteropCase):
    program = "probe-server"
    service = "plinth.test.Probe"

    async def exchange_on_all(self, calls, word):
        """Exchanges one message on each call, all at the same time, and checks that each got its own back."""
        sent = [Chunk(data=f"{word} {n}".encode()) for n in range(len(calls))]
        answers = [asyncio.ensure_future(exchange(*pair)) for pair in zip(calls, sent)]
        _, silent = await asyncio.wait(answers, timeout=PATIENCE)
        self.assertFalse(silent, f"{len(silent)} of {len(calls)} open streams got no answer to {word!r}")
        self.assertEqual([answer.result() for answer in answers], sent)

    async def finish_all(self, calls):
        for call in calls:
            await call.done_writing()
        codes = await asyncio.gather(*(call.code() for call in calls))
        self.assertEqual(set(codes), {grpc.StatusCode.OK}, "the codes that the streams ended with")


class StreamsTest(CrowdCase):
    @asynchronous
    async def test_a_thousand_streams_open_together_on_one_connection(self):
        calls = [self.stub.Chat(timeout=PATIENCE) for _ in range(STREAMS)]
        await self.exchange_on_all(calls, "first")
        self.assertEqual(len(connections(self.server)), 1, "the connections that carry the streams")
        await self.exchange_on_all(calls, "second")
        await self.exchange_on_all(calls[::-1], "third, in reverse")
        await self.finish_all(calls)

    @asynchronous
    async def test_two_thousand_calls_a_hundred_at_a_time(self):
        limit = asyncio.Semaphore(100)

        async def one():
            async with limit:
                return await self.stub.Stats(Nothing(), timeout=PATIENCE)

        replies = await asyncio.gather(*(one() for _ in range(2 * STREAMS)))
        self.assertTrue(all(reply.resident > 0 for reply in replies))


class ClientsTest(CrowdCase):
    @asynchronous
    async def test_two_hundred_clients_at_once(self):
        channels = [self.open_channel(self.server.address) for _ in range(CLIENTS)]
        stubs = [stub(channel, self.service) for channel in channels]
        calls = [each.Chat(timeout=PATIENCE) for each in stubs]
        await self.exchange_on_all(calls, "hello from")
        self.assertEqual(len(connections(self.server)), CLIENTS, "one connection a client")
        for turn in range(10):
            await self.exchange_on_all(calls, f"turn {turn} of")
            await asyncio.gather(*(each.Stats(Nothing(), timeout=PATIENCE) for each in stubs))
        await self.finish_all(calls)


if __name__ == "__main__":
    unittest.main()

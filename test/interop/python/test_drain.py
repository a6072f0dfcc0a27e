"""SIGTERM to the example under load, again and again: clients with retries lose no call, and streams are told."""

import asyncio
import collections
import json
import threading
import time
import unittest

from interop.backends import Backend, target_of
from interop.case import PATIENCE
from interop.client import grpc, open_async_channel, stub
from interop.limits import seconds
from interop.loop import asynchronous, run
from interop.probe_client import ProbeClient, service_config
from interop.process import connections
from interop.protos import message
from interop.streams import exchange
from interop.wait import wait_until

GetResourceRequest = message("myservice.GetResourceRequest")
Resource = message("myservice.Resource")

DURATION = 10
RESTARTS = 6
ROUND_ROBIN = [{"round_robin": {}}]
RETRIES = {
    "name": [{}],
    "retryPolicy": {
        "maxAttempts": 4,
        "initialBackoff": "0.05s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    },
}


class DrainCase(unittest.TestCase):
    def start_backends(self, count):
        self.backends = []
        for _ in range(count):
            self.backends.append(Backend("myservice"))
            self.addCleanup(self.backends[-1].stop)

    def restart_in_turn(self, times):
        """Spread over the time of the load."""
        begin = time.monotonic()
        for number in range(times):
            time.sleep(max(0.0, begin + (number + 1) * DURATION / (times + 1) - time.monotonic()))
            backend = self.backends[number % len(self.backends)]
            wait_until(lambda: connections(backend), bool, "the load to reach whom SIGTERM is sent to")
            backend.terminate()
            backend.start()


class OwnClientTest(DrainCase):
    def begin(self, *arguments):
        load = ("--method=GetResource", "--calls=0", f"--duration={DURATION}", "--concurrency=8", "--pause_ms=2")
        calls = (*load, f"--deadline_ms={seconds(8000)}", *arguments)
        config = service_config(loadBalancingConfig=ROUND_ROBIN, methodConfig=[RETRIES])
        policies = {"enable_retry": True, "enable_circuit_breaker": True}
        client = ProbeClient(target_of(*self.backends), *calls, config, **policies)
        self.addCleanup(client.stop)
        return client

    def assert_no_call_is_lost(self, client, restarts):
        summary = client.finish().summary
        print(
            f"\n{summary['calls']} calls, {restarts} restarts: {summary['codes']}, {summary['attempts']} attempts, "
            f"p50 {summary['p50_ms']:.1f} ms, p99 {summary['p99_ms']:.1f} ms, max {summary['max_ms']:.0f} ms"
        )
        self.assertGreater(summary["calls"], 100 * DURATION / seconds(1), "expected a load")
        self.assertEqual(summary["codes"], {"OK": summary["calls"]}, f"expected no lost call: {summary['errors']}")

    def test_no_call_is_lost_while_two_instances_are_restarted_in_turn(self):
        self.start_backends(2)
        client = self.begin()
        self.restart_in_turn(RESTARTS)
        self.assert_no_call_is_lost(client, RESTARTS)

    def test_no_call_is_lost_while_the_only_instance_is_restarted_and_calls_wait_for_it(self):
        self.start_backends(1)
        client = self.begin("--wait_for_ready")
        self.restart_in_turn(3)
        self.assert_no_call_is_lost(client, 3)


class GrpcioTest(DrainCase):
    """The same from a client that is not ours."""

    def begin(self):
        config = {"loadBalancingConfig": ROUND_ROBIN, "methodConfig": [RETRIES]}
        options = [("grpc.service_config", json.dumps(config)), ("grpc.enable_http_proxy", 0)]
        channel = grpc.insecure_channel(target_of(*self.backends), options)
        self.addCleanup(channel.close)
        self.ends = []
        callers = [threading.Thread(target=self.call, args=(stub(channel, "myservice.MyService"),)) for _ in range(4)]
        for caller in callers:
            caller.start()
            self.addCleanup(caller.join)
        return callers

    def call(self, service):
        end = time.monotonic() + DURATION
        while time.monotonic() < end:
            try:
                service.GetResource(GetResourceRequest(id="123"), timeout=PATIENCE)
                self.ends.append("OK")
            except grpc.RpcError as error:
                self.ends.append(f"{error.code().name} {error.details()}")
            time.sleep(0.002)

    def test_no_call_is_lost_while_two_instances_are_restarted_in_turn(self):
        self.start_backends(2)
        callers = self.begin()
        self.restart_in_turn(RESTARTS)
        for caller in callers:
            caller.join()
        codes = dict(collections.Counter(self.ends))
        print(f"\n{len(self.ends)} calls of grpcio, {RESTARTS} restarts: {codes}")
        self.assertGreater(len(self.ends), 10 * DURATION, "expected a load")
        self.assertEqual(codes, {"OK": len(self.ends)}, "expected no lost call")


class StreamTest(DrainCase):
    GRACE = seconds(2)

    def setUp(self):
        self.backend = Backend("myservice", GRPC__SERVER__SHUTDOWN_GRACE=str(self.GRACE))
        self.addCleanup(self.backend.stop)
        channel = open_async_channel(self.backend.address)
        self.addCleanup(lambda: run(channel.close()))
        self.service = stub(channel, "myservice.MyService")

    async def open(self, number):
        call = self.service.SyncResources(timeout=PATIENCE)
        await self.turn(call, number)
        return call

    async def turn(self, call, number):
        resource = Resource(id=str(number), name="kept")
        self.assertEqual(await exchange(call, resource), resource)

    @asynchronous
    async def test_a_stream_may_end_within_the_grace_and_is_told_at_its_end(self):
        ending, staying = await self.open(5001), await self.open(5002)
        begin = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(self.backend.terminate))
        await asyncio.sleep(self.GRACE / 4)
        await self.turn(ending, 5003)
        await ending.done_writing()
        self.assertEqual(await ending.code(), grpc.StatusCode.OK, "the stream that ends within the grace")
        self.assertEqual(await staying.code(), grpc.StatusCode.UNAVAILABLE, "the stream that outlives the grace")
        self.assertGreaterEqual(time.monotonic() - begin, self.GRACE * 0.9, "it has the whole grace")
        await stopping


if __name__ == "__main__":
    unittest.main()

"""Calls of our client while backends crash and hang. What was measured is printed."""

import threading
import time
import unittest

from interop.backends import Backend, target_of
from interop.limits import seconds
from interop.probe_client import ProbeClient, service_config

ROUND_ROBIN = {"round_robin": {}}
# As they are by default, with shorter pauses.
RESILIENCE = {
    "enable_retry": True,
    "max_retries": 3,
    "retry_backoff_base": 0.02,
    "retry_backoff_max": 1,
    "enable_circuit_breaker": True,
}
CRASHES = 30
HUNG_DEADLINE = 500  # milliseconds
HANG = 4
EJECTION_INTERVAL = 0.5
EJECTIONS = {
    "outlier_detection_experimental": {
        "interval": f"{EJECTION_INTERVAL}s",
        "baseEjectionTime": "4s",
        "failurePercentageEjection": {"threshold": 50, "minimumHosts": 3, "requestVolume": 2},
        "childPolicy": [ROUND_ROBIN],
    }
}


class ChaosCase(unittest.TestCase):
    def setUp(self):
        self.backends = []
        for _ in range(3):
            self.backends.append(Backend())
            self.addCleanup(self.backends[-1].stop)

    def begin(self, *arguments, **settings):
        client = ProbeClient(target_of(*self.backends), *arguments, **settings)
        self.addCleanup(client.stop)
        return client


class CrashTest(ChaosCase):
    def crash_one_a_second(self):
        begin = time.monotonic()
        for crash in range(CRASHES):
            time.sleep(max(0.0, begin + crash + 1 - time.monotonic()))
            backend = self.backends[crash % 3]
            backend.kill()
            backend.start()

    def test_no_idempotent_call_is_lost_while_one_of_three_backends_crashes_every_second(self):
        load = ("--calls=0", f"--duration={CRASHES + 2}", "--concurrency=12", "--pause_ms=2")
        client = self.begin(*load, f"--deadline_ms={seconds(5000)}", lb_policy="round_robin", **RESILIENCE)
        self.crash_one_a_second()
        summary = client.finish().summary
        retries = summary["events"].get("grpc_retry", 0)
        print(
            f"\n{summary['calls']} calls in {CRASHES + 2} s, {CRASHES} crashes: {summary['codes']}, {retries} retries, "
            f"p50 {summary['p50_ms']:.1f} ms, p99 {summary['p99_ms']:.1f} ms, max {summary['max_ms']:.0f} ms"
        )
        self.assertEqual(summary["codes"], {"OK": summary["calls"]}, f"expected no lost call: {summary['errors']}")
        self.assertGreater(retries, 0, "expected some attempts to have failed, or the crashes were none")
        self.assert_all_processes_were_used(summary)

    def assert_all_processes_were_used(self, summary):
        pids = [str(pid) for backend in self.backends for pid in backend.pids]
        used = [pid for pid in pids if pid in summary["servers"]]
        self.assertGreater(len(used), 0.7 * len(pids), "expected most servers to have got calls after their start")


class HangTest(ChaosCase):
    def test_a_backend_that_hangs_costs_a_deadline_a_call_and_is_left_until_it_is_well(self):
        load = ("--calls=0", "--duration=9", "--concurrency=6", "--pause_ms=5", "--each")
        client = self.begin(*load, f"--deadline_ms={HUNG_DEADLINE}", service_config(loadBalancingConfig=[EJECTIONS]))
        time.sleep(1.5)
        self.backends[0].hang()
        threading.Timer(HANG, self.backends[0].wake).start()
        client.finish()
        failed = [call for call in client.calls if call["code"] != "OK"]
        self.assert_failures(failed)
        begun, last = failed[0]["at_ms"], failed[-1]["at_ms"]
        self.assert_came_back(client, last)
        longest = max(call["ms"] for call in client.calls)
        print(
            f"\n{len(client.calls)} calls, one of three backends hangs for {HANG} s: {len(failed)} calls failed, the "
            f"last {last - begun:.0f} ms after the first; the longest took {longest:.0f} ms of {HUNG_DEADLINE}"
        )

    def assert_failures(self, failed):
        self.assertTrue(failed, "expected some calls to meet the backend that hangs")
        self.assertEqual({call["code"] for call in failed}, {"DEADLINE_EXCEEDED"})
        longest = max(call["ms"] for call in failed)
        self.assertLess(longest, HUNG_DEADLINE + seconds(100), "expected no call to take longer than its deadline")
        limit = HUNG_DEADLINE + 2 * EJECTION_INTERVAL * 1000
        took = failed[-1]["at_ms"] - failed[0]["at_ms"]
        self.assertLess(took, limit, f"expected it to be left within {limit} ms, a call met it after {took} ms")

    def assert_came_back(self, client, last):
        later = [call["server"] for call in client.calls if call["at_ms"] > last + 1000]
        self.assertIn(self.backends[0].pids[0], later, "expected the backend to be used again once it is well")


if __name__ == "__main__":
    unittest.main()

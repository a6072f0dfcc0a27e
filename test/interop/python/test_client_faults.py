"""Our client and a network that fails, behind a proxy that does it on request."""

import unittest

from interop.backends import Backend
from interop.fault_proxy import FORWARD, RESET, SILENT, FaultProxy
from interop.limits import seconds
from interop.probe_client import ProbeClient, make_call, make_calls
from interop.wait import wait_until

SHORT = seconds(500)  # milliseconds


class FaultCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.backend = Backend()
        cls.addClassCleanup(cls.backend.stop)

    def proxy(self, mode=FORWARD, **options):
        proxy = FaultProxy(self.backend.port, mode, **options)
        self.addCleanup(proxy.stop)
        return proxy

    def assert_fails(self, call, code, *words):
        self.assertEqual(call["code"], code, call["message"])
        for word in words:
            self.assertIn(str(word), call["message"])

    def assert_all_well(self, run, calls):
        self.assertEqual(run.summary["codes"], {"OK": calls}, run.summary["errors"])


class NoAnswerTest(FaultCase):
    def test_a_backend_that_accepts_and_never_answers_costs_the_deadline(self):
        call = make_call(self.proxy(SILENT).target, f"--deadline_ms={SHORT}")
        self.assert_fails(call, "DEADLINE_EXCEEDED")
        self.assertLess(call["ms"], SHORT + seconds(300), f"a deadline of {SHORT} ms")

    def test_pick_first_goes_past_a_backend_that_never_answers(self):
        silent = self.proxy(SILENT)
        run = make_calls(f"{silent.target},127.0.0.1:{self.backend.port}", "--calls=20")
        self.assert_all_well(run, 20)
        self.assertEqual(silent.accepted, 1, "expected the first backend to have been tried")
        self.assertLess(run.summary["max_ms"], seconds(1000), "expected the second to be tried soon")

    def test_round_robin_goes_past_a_backend_that_never_answers(self):
        target = f"{self.proxy(SILENT).target},127.0.0.1:{self.backend.port}"
        self.assert_all_well(make_calls(target, "--calls=20", lb_policy="round_robin"), 20)


class ResetTest(FaultCase):
    def test_a_backend_that_resets_is_an_error_at_once(self):
        proxy = self.proxy(RESET)
        call = make_call(proxy.target)
        self.assert_fails(call, "UNAVAILABLE", proxy.port)
        self.assertLess(call["ms"], seconds(1000))

    def test_a_backend_that_resets_is_not_dialled_without_a_pause(self):
        proxy = self.proxy(RESET)
        run = make_calls(proxy.target, "--wait_for_ready", f"--deadline_ms={seconds(2000)}")
        self.assertEqual(run.summary["codes"], {"DEADLINE_EXCEEDED": 1})
        dials = proxy.accepted
        self.assertTrue(2 <= dials <= 2 + seconds(2), f"it was dialled {dials} times in {seconds(2)} s")

    def test_a_call_that_waits_for_ready_gets_through_once_the_backend_is_well(self):
        proxy = self.proxy(RESET)
        client = ProbeClient(proxy.target, "--wait_for_ready", f"--deadline_ms={seconds(10_000)}", "--each")
        self.addCleanup(client.stop)
        wait_until(lambda: proxy.accepted, lambda accepted: accepted > 0, "a connection")
        proxy.mode = FORWARD
        self.assertEqual(client.finish().calls[0]["code"], "OK")

    def test_a_backend_that_resets_does_not_hurt_calls_that_have_another(self):
        target = f"{self.proxy(RESET).target},127.0.0.1:{self.backend.port}"
        for policy in ("pick_first", "round_robin", "least_request"):
            self.assert_all_well(make_calls(target, "--calls=50", lb_policy=policy), 50)

    def test_no_call_is_lost_when_one_in_a_hundred_pieces_resets_its_connection(self):
        proxy = self.proxy(reset_share=0.01)
        retries = {"enable_retry": True, "max_retries": 5, "retry_backoff_base": 0.02}
        load = ("--calls=2000", "--concurrency=4", "--size=1000")
        run = make_calls(proxy.target, *load, **retries)
        print(f"\n2000 calls, {proxy.resets} resets: {run.summary['codes']}, {run.summary['attempts']} attempts")
        self.assert_all_well(run, 2000)
        self.assertGreater(proxy.resets, 5)


class BlackHoleTest(FaultCase):
    def fall_silent(self, *arguments, **settings):
        """Calls that go well, until the network forwards nothing any more."""
        proxy = self.proxy()
        client = ProbeClient(proxy.target, "--each", "--calls=0", *arguments, **settings)
        self.addCleanup(client.stop)
        wait_until(lambda: len(client.calls), lambda calls: calls >= 5, "some calls")
        proxy.lose_connections()
        return proxy, client

    def test_each_call_costs_its_deadline(self):
        _, client = self.fall_silent("--duration=2", f"--deadline_ms={SHORT}", "--pause_ms=1")
        failed = [call for call in client.finish().calls if call["code"] != "OK"]
        self.assertTrue(failed, "expected calls to fail")
        for call in failed:
            self.assert_fails(call, "DEADLINE_EXCEEDED", "127.0.0.1")
            self.assertLess(call["ms"], SHORT + seconds(300), f"a deadline of {SHORT} ms")

    def test_keepalive_finds_it_and_the_next_call_has_a_new_connection(self):
        proxy, client = self.fall_silent(
            "--duration=12", f"--deadline_ms={seconds(30_000)}", keepalive_time_ms=10_000, keepalive_timeout_ms=500
        )
        calls = client.finish().calls
        failed = [call for call in calls if call["code"] != "OK"]
        self.assertEqual(len(failed), 1, f"expected the call that ran to be lost, and no other: {failed}")
        self.assert_fails(failed[0], "UNAVAILABLE", proxy.port)
        self.assertEqual(calls[-1]["code"], "OK", "the last call")
        self.assertEqual(proxy.accepted, 2, "the connections")


if __name__ == "__main__":
    unittest.main()

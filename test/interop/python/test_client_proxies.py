"""Our client through nginx and haproxy, in front of two backends of which one crashes and comes back under load."""

import time
import unittest

from interop.backends import Backend
from interop.limits import seconds
from interop.probe_client import ProbeClient, make_call
from interop.proxies import start_haproxy, start_nginx

CRASHES = 4


class ProxyCase:
    start_proxy = None

    def setUp(self):
        self.backends = []
        for _ in range(2):
            self.backends.append(Backend())
            self.addCleanup(self.backends[-1].stop)
        self.proxy = self.start_proxy([backend.port for backend in self.backends])
        self.addCleanup(self.proxy.stop)

    def call(self, *arguments, **settings):
        return make_call(self.proxy.target, *arguments, **settings)

    def test_all_kinds_of_calls(self):
        for kind in ("Echo", "Flood", "Drain", "Chat"):
            call = self.call(f"--method={kind}", "--size=100000", "--reply_size=100000", "--messages=50")
            self.assertEqual(call["code"], "OK", f"{kind}: {call['message']}")

    def test_an_error_and_its_message_pass(self):
        call = self.call("--method=Fail", "--code=9", "--message=not now")
        self.assertEqual((call["code"], call["message"]), ("FAILED_PRECONDITION", "not now"))
        self.assertIn(["probe-trailer", "yes"], call["trailing"])

    def test_a_deadline(self):
        call = self.call("--method=Hang", f"--deadline_ms={seconds(300)}")
        self.assertEqual(call["code"], "DEADLINE_EXCEEDED", call["message"])

    def test_no_backend_is_left(self):
        for backend in self.backends:
            backend.kill()
        call = self.call()
        for backend in self.backends:
            backend.start()
        self.assertEqual(call["code"], "UNAVAILABLE", call["message"])

    def test_no_idempotent_call_is_lost_while_one_backend_crashes_under_load(self):
        load = ("--calls=0", f"--duration={CRASHES + 1}", "--concurrency=8", f"--deadline_ms={seconds(5000)}")
        retries = {"enable_retry": True, "max_retries": 5, "retry_backoff_base": 0.02, "retry_backoff_max": 1}
        client = ProbeClient(self.proxy.target, *load, enable_circuit_breaker=True, **retries)
        self.addCleanup(client.stop)
        for _ in range(CRASHES):
            time.sleep(1)
            self.backends[0].kill()
            self.backends[0].start()
        summary = client.finish().summary
        print(f"\n{summary['calls']} calls, {CRASHES} crashes: {summary['codes']}, {summary['attempts']} attempts")
        self.assertEqual(summary["codes"], {"OK": summary["calls"]}, summary["errors"])


class NginxTest(ProxyCase, unittest.TestCase):
    start_proxy = staticmethod(start_nginx)


class HaproxyTest(ProxyCase, unittest.TestCase):
    start_proxy = staticmethod(start_haproxy)


if __name__ == "__main__":
    unittest.main()

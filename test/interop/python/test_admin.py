"""The admin port of the example service, asked by urllib and by hand."""

import http.client
import json
import socket
import threading
import unittest
import urllib.error
import urllib.request

from interop.case import PATIENCE
from interop.client import grpc, open_channel, stub
from interop.limits import seconds
from interop.ports import free_port
from interop.protos import message
from interop.server import Server, ServerFailed
from interop.wait import wait_until

GetResourceRequest = message("myservice.GetResourceRequest")

SECRET = "a secret that is longer than 32 characters"
MOST_CONNECTIONS = 64
CROWD = MOST_CONNECTIONS // 2


class AdminCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        cls.server = Server("myservice", environment={"OBSERVABILITY__METRICS_PORT": str(cls.port)})
        cls.addClassCleanup(cls.server.stop)

    def tearDown(self):
        super().tearDown()
        self.server.check_alive()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path):
        """The status, headers and text of an answer."""
        return self.request(urllib.request.Request(self.url(path)))

    def request(self, request):
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def json(self, path):
        status, headers, text = self.get(path)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"), path)
        return json.loads(text)

    def call(self, resource_id):
        channel = open_channel(self.server.address)
        self.addCleanup(channel.close)
        return stub(channel, "myservice.MyService").GetResource(GetResourceRequest(id=resource_id), timeout=PATIENCE)


class PagesTest(AdminCase):
    def test_the_root_lists_pages_that_are_there(self):
        status, _, text = self.get("/")
        self.assertEqual(status, 200)
        pages = [line.split()[0] for line in text.splitlines() if line.startswith("/")]
        self.assertIn("/metrics", pages)
        for page in pages:
            self.assertEqual(self.get(page)[0], 200, page)

    def test_metrics_are_in_the_text_format_with_the_gauges_of_the_server(self):
        status, headers, text = self.get("/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers["Content-Type"])
        for gauge in (
            "plinth_server_connections",
            "plinth_server_streams",
            'plinth_worker_loop_lag_seconds{worker="0"}',
            "plinth_offload_queue_length",
            "plinth_offload_threads_busy",
        ):
            self.assertIn(f"\n{gauge} ", text)

    def test_probes_say_yes_while_the_server_serves(self):
        wait_until(lambda: self.get("/healthz")[0], lambda status: status == 200, "a healthy server")
        self.assertEqual(self.get("/readyz")[2], "ready\n")
        self.assertEqual(self.get("/livez")[2], "live\n")

    def test_status_counts_calls_and_remembers_slow_ones(self):
        self.call("1")
        with self.assertRaises(grpc.RpcError):
            self.call("no-such")
        status = self.json("/statusz")
        self.assertTrue(status["serving"])
        self.assertEqual(status["address"], self.server.address)
        self.assertIn("myservice.MyService", [service["service"] for service in status["services"]])
        get = next(m for m in status["methods"] if m["method"] == "/myservice.MyService/GetResource")
        self.assertGreaterEqual(get["by_status"]["OK"], 1)
        self.assertGreaterEqual(get["by_status"]["NOT_FOUND"], 1)
        self.assertGreater(get["latency_seconds"]["p99"], 0)
        slow = status["slowest_recent_calls"]
        self.assertEqual(slow, sorted(slow, key=lambda call: -call["duration_seconds"]))
        self.assertTrue(all(call["correlation_id"] for call in slow if call["method"] == get["method"]), slow)

    def test_channelz_shows_the_server_and_its_connections(self):
        self.call("1")
        page = self.json("/channelz")
        self.assertEqual(len(page["servers"]), 1)
        remotes = [socket.get("remote") for socket in page["sockets"]]
        self.assertTrue(any(remotes), remotes)


class ConfigTest(AdminCase):
    def test_settings_in_force_are_shown(self):
        config = self.json("/configz")
        self.assertEqual(config["GRPC__SERVER__PORT"], {"value": "0", "default": "50051"})
        self.assertEqual(config["OBSERVABILITY__METRICS_PORT"]["value"], str(self.port))

    def test_secrets_are_hidden(self):
        port = free_port()
        environment = {"OBSERVABILITY__METRICS_PORT": str(port), "SECURITY__SECRET_KEY": SECRET}
        with Server("myservice", environment=environment):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/configz", timeout=PATIENCE) as answer:
                text = answer.read().decode()
        self.assertEqual(json.loads(text)["SECURITY__SECRET_KEY"]["value"], "(hidden)")
        self.assertNotIn(SECRET, text)


class LogLevelTest(AdminCase):
    def change(self, body, **headers):
        return self.request(urllib.request.Request(self.url("/loglevel"), body.encode(), headers, method="PUT"))

    def test_the_level_changes_at_run_time(self):
        self.assertEqual(self.json("/loglevel"), {"level": "info"})
        self.assertEqual(self.change("level=debug")[0], 200)
        self.assertEqual(self.json("/loglevel"), {"level": "debug"})
        self.assertEqual(self.change("level=info")[0], 200)

    def test_a_temporary_level_ends(self):
        self.assertEqual(self.change("level=error&for=1")[0], 200)
        self.assertEqual(self.json("/loglevel"), {"level": "error", "then": "info"})
        wait_until(lambda: self.json("/loglevel"), lambda page: page == {"level": "info"}, "the level as it was")

    def test_nonsense_is_refused(self):
        for body in ("level=loud", "", "level=debug&for=x", "level=debug\r\nX: y"):
            self.assertEqual(self.change(body)[0], 400, body)

    def test_a_web_page_may_not_change_it(self):
        self.assertEqual(self.change("level=debug", Origin="http://evil.example")[0], 403)


class HostileTest(AdminCase):
    def send(self, data):
        """What comes back until the server ends the connection."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.settimeout(PATIENCE)
            connection.sendall(data)
            answer = b""
            while part := connection.recv(4096):
                answer += part
            return answer.decode()

    def test_unknown_pages_and_verbs_are_refused_in_short(self):
        for path in ("/nothing", "/metrics/", "//metrics", "/%6detrics", "/../metrics", "/<b>"):
            status, headers, text = self.get(path)
            self.assertEqual((status, headers["Content-Type"]), (404, "text/plain; charset=utf-8"), path)
            self.assertLess(len(text), 100)
        for verb in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            status, headers, _ = self.request(urllib.request.Request(self.url("/metrics"), b"", method=verb))
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"), verb)

    def test_head_has_no_body(self):
        status, headers, text = self.request(urllib.request.Request(self.url("/metrics"), method="HEAD"))
        self.assertEqual((status, text), (200, ""))
        self.assertGreater(int(headers["Content-Length"]), 0)

    def test_what_is_no_http_gets_400(self):
        for data in (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\r\n\r\n", b"hello\r\n\r\n"):
            self.assertTrue(self.send(data).startswith("HTTP/1.1 400 "), data)

    def test_large_heads_and_bodies_are_refused(self):
        head = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"
        self.assertTrue(self.send(head).startswith("HTTP/1.1 431 "))
        body = b"PUT /loglevel HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + b"a" * 5000
        self.assertTrue(self.send(body).startswith("HTTP/1.1 413 "))

    def test_requests_smuggled_by_two_lengths_are_refused(self):
        data = b"PUT /loglevel HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        self.assertTrue(self.send(data).startswith("HTTP/1.1 400 "))

    def test_a_connection_serves_many_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        for _ in range(50):
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b"live\n"))

    def test_one_connection_too_many_is_told_so(self):
        crowd = [socket.create_connection(("127.0.0.1", self.port), PATIENCE) for _ in range(MOST_CONNECTIONS)]
        try:
            self.assertTrue(self.send(b"").startswith("HTTP/1.1 503 "))
        finally:
            for connection in crowd:
                connection.close()
        wait_until(lambda: self.get("/livez")[0], lambda status: status == 200, "room after the crowd has gone")


class CrowdTest(AdminCase):
    def test_silent_connections_above_half_of_the_places_are_closed_soon(self):
        silent = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(CROWD + 8)]
        for connection in silent:
            self.addCleanup(connection.close)
        for connection in silent[CROWD:]:
            connection.settimeout(seconds(3))
            self.assertEqual(connection.recv(1), b"", "what a connection in a crowd gets")
        for connection in silent[:CROWD]:
            connection.setblocking(False)
            with self.assertRaises(BlockingIOError, msg="expected the first connections to stay open"):
                connection.recv(1)


class StartTest(unittest.TestCase):
    def test_a_port_in_use_is_one_line_and_exit_code_1(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with self.assertRaises(ServerFailed) as caught:
                Server("myservice", environment={"OBSERVABILITY__METRICS_PORT": str(port)})
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use\n", str(caught.exception))

    def test_readiness_goes_before_the_server_does(self):
        port = free_port()
        with Server("myservice", environment={"OBSERVABILITY__METRICS_PORT": str(port)}) as server:
            channel = open_channel(server.address)
            self.addCleanup(channel.close)
            end = threading.Event()
            self.addCleanup(end.set)
            # Requests of a stream that stays open, without any.
            call = stub(channel, "myservice.MyService").SyncResources(iter(end.wait, True), timeout=PATIENCE)
            self.addCleanup(call.cancel)
            wait_until(lambda: _answer(port, "/statusz")[1], lambda text: '"streams": 1' in text, "a call that runs")
            self.assertEqual(_answer(port, "/readyz")[0], 200)
            server.terminate()
            wait_until(lambda: _answer(port, "/readyz")[0], lambda status: status == 503, "no readiness while draining")
            self.assertEqual(_answer(port, "/livez")[0], 200)
            end.set()


def _answer(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


if __name__ == "__main__":
    unittest.main()

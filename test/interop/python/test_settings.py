"""Each GRPC__SERVER__ variable has its effect on a running program; a wrong one stops it with one line."""

import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from interop.case import PATIENCE
from interop.client import grpc, open_channel, stub
from interop.details import detail_of
from interop.limits import seconds
from interop.protos import message
from interop.server import Server, program_environment, program_path
from interop.wait import wait_until

GetResourceRequest = message("myservice.GetResourceRequest")
Resource = message("myservice.Resource")
HealthCheckRequest = message("grpc.health.v1.HealthCheckRequest")
ReflectionRequest = message("grpc.reflection.v1.ServerReflectionRequest")
Nothing = message("plinth.test.Nothing")
RetryInfo = message("google.rpc.RetryInfo")
StatsReply = message("plinth.test.StatsReply")


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
# What a limit that is set to less than two seconds may take on a busy machine; the defaults take 20 s and more.
SOON = 10.0


def is_json(line):
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def run_to_its_end(program, environment, folder):
    return subprocess.run(
        [program_path(program)],
        cwd=folder,
        env=program_environment("127.0.0.1", environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds(20),
    )


class SettingsTest(unittest.TestCase):
    def start(self, program="myservice", **variables):
        server = Server(program, environment={f"GRPC__SERVER__{name}": value for name, value in variables.items()})
        self.addCleanup(server.stop)
        channel = open_channel(server.address)
        self.addCleanup(channel.close)
        return server, channel

    def code_of(self, call):
        try:
            call()
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    def assert_refused(self, code, variables, *words, program="myservice"):
        with tempfile.TemporaryDirectory() as folder:
            done = run_to_its_end(program, variables, folder)
        self.assertEqual(done.returncode, code, f"exit code with {variables}: {done.stdout}{done.stderr}")
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, f"expected one line on stderr with {variables}, got {lines}")
        for word in words:
            self.assertIn(word, lines[0])

    def test_enabled(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run_to_its_end("myservice", {"GRPC__SERVER__ENABLED": "false"}, folder)
        self.assertEqual(done.returncode, 0)
        self.assertIn("grpc_server_disabled", done.stdout)

    def test_host_and_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            self.assert_refused(1, {"GRPC__SERVER__PORT": port}, "127.0.0.1:" + port)
        self.assert_refused(1, {"GRPC__SERVER__HOST": "no.such.host.invalid"}, "no.such.host.invalid")

    def test_max_workers(self):
        threads = {}
        for workers in ("1", "4"):
            server, _ = self.start(MAX_WORKERS=workers)
            threads[workers] = len(os.listdir(f"/proc/{server.pid}/task"))
        self.assertEqual(threads["4"] - threads["1"], 3, f"threads by workers: {threads}")

    def test_max_concurrent_rpcs(self):
        _, channel = self.start("probe-server", MAX_CONCURRENT_RPCS="1")
        probe, health = stub(channel, "plinth.test.Probe"), stub(channel, "grpc.health.v1.Health")
        refused, running = self.two_that_hang(probe)
        self.assertEqual(refused.code(), grpc.StatusCode.RESOURCE_EXHAUSTED, "the call above the limit")
        self.assertEqual(detail_of(refused, RetryInfo).retry_delay.seconds, 1, "when it may come back")
        code = self.code_of(lambda: health.Check(HealthCheckRequest(), timeout=PATIENCE))
        self.assertEqual(code, grpc.StatusCode.OK, "health of a server that is full")
        self.assertFalse(running.done(), "expected the call within the limit to go on")
        running.cancel()
        wait_until(
            lambda: self.code_of(lambda: probe.Stats(Nothing(), timeout=PATIENCE)),
            lambda code: code == grpc.StatusCode.OK,
            "a place after the call that hung",
        )

    def two_that_hang(self, probe):
        """Two calls, once one of them has ended: that one comes first."""
        both = [probe.Hang.future(Nothing(), timeout=PATIENCE) for _ in range(2)]
        ended = threading.Event()
        for call in both:
            call.add_done_callback(lambda _: ended.set())
        self.assertTrue(ended.wait(PATIENCE), "expected one of two calls that hang to be refused")
        return sorted(both, key=lambda call: not call.done())

    def test_reflection_enabled(self):
        for value, expected in (("true", grpc.StatusCode.OK), ("false", grpc.StatusCode.UNIMPLEMENTED)):
            _, channel = self.start(REFLECTION_ENABLED=value)
            reflection = stub(channel, "grpc.reflection.v1.ServerReflection")
            requests = iter([ReflectionRequest(list_services="")])
            code = self.code_of(lambda: list(reflection.ServerReflectionInfo(requests, timeout=PATIENCE)))
            self.assertEqual(code, expected, f"reflection with REFLECTION_ENABLED={value}")

    def test_health_check_enabled(self):
        for value, expected in (("true", grpc.StatusCode.OK), ("false", grpc.StatusCode.UNIMPLEMENTED)):
            _, channel = self.start(HEALTH_CHECK_ENABLED=value)
            health = stub(channel, "grpc.health.v1.Health")
            code = self.code_of(lambda: health.Check(HealthCheckRequest(), timeout=PATIENCE))
            self.assertEqual(code, expected, f"health with HEALTH_CHECK_ENABLED={value}")

    def test_max_message_size(self):
        _, channel = self.start(MAX_MESSAGE_SIZE="1024")
        service = stub(channel, "myservice.MyService")
        small = self.code_of(lambda: service.GetResource(GetResourceRequest(id="1"), timeout=PATIENCE))
        large = self.code_of(lambda: service.GetResource(GetResourceRequest(id="1" * 2000), timeout=PATIENCE))
        self.assertEqual((small, large), (grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED))

    def life_of_a_silent_connection(self, **variables):
        """In seconds: of one that says hello, and then nothing, not even to a ping or a GOAWAY."""
        server, _ = self.start(**variables)
        with socket.create_connection(("127.0.0.1", server.port), timeout=SOON) as client:
            begin = time.monotonic()
            client.sendall(PREFACE)
            try:
                while client.recv(4096):
                    pass
            except TimeoutError:
                self.fail(f"expected a silent connection to be closed within {SOON} s with {variables}")
            return time.monotonic() - begin

    def test_limits_of_silent_connections(self):
        for least, variables in (
            (0.15, {"MAX_CONNECTION_AGE_MS": "200"}),
            (1.45, {"MAX_CONNECTION_AGE_MS": "1500"}),
            (0.15, {"MAX_CONNECTION_IDLE_MS": "200"}),
            (1.45, {"MAX_CONNECTION_IDLE_MS": "1500"}),
            (0.35, {"KEEPALIVE_TIME_MS": "200", "KEEPALIVE_TIMEOUT_MS": "200"}),
            (1.65, {"KEEPALIVE_TIME_MS": "1500", "KEEPALIVE_TIMEOUT_MS": "200"}),
            (1.65, {"KEEPALIVE_TIME_MS": "200", "KEEPALIVE_TIMEOUT_MS": "1500"}),
        ):
            took = self.life_of_a_silent_connection(**variables)
            self.assertGreaterEqual(took, least, f"the connection's life with {variables}")
            self.assertLess(took, SOON, f"the connection's life with {variables}")

    def end_of_a_hanging_call(self, timeout, **variables):
        """Its status, and after how many seconds."""
        _, channel = self.start("probe-server", **variables)
        probe = stub(channel, "plinth.test.Probe")
        begin = time.monotonic()
        code = self.code_of(lambda: probe.Hang(Nothing(), timeout=timeout))
        return code, time.monotonic() - begin

    def test_the_grace_of_an_old_connection(self):
        code, _ = self.end_of_a_hanging_call(2.0, MAX_CONNECTION_AGE_MS="200")
        self.assertEqual(code, grpc.StatusCode.DEADLINE_EXCEEDED, "a call goes on where there is no limit to the grace")
        for grace in (200, 1500):
            variables = {"MAX_CONNECTION_AGE_MS": "200", "MAX_CONNECTION_AGE_GRACE_MS": str(grace)}
            code, took = self.end_of_a_hanging_call(PATIENCE, **variables)
            self.assertEqual(code, grpc.StatusCode.UNAVAILABLE, f"a call that hangs with {variables}")
            self.assertGreaterEqual(took, (200 + grace) / 1000 - 0.05, f"the call's life with {variables}")
            self.assertLess(took, SOON, f"the call's life with {variables}")

    def test_shutdown_grace(self):
        for grace, least in (("0.1", 0.05), ("1.5", 1.2)):
            server, channel = self.start("probe-server", SHUTDOWN_GRACE=grace)
            probe = stub(channel, "plinth.test.Probe")
            hanging = probe.Hang.future(Nothing(), timeout=PATIENCE)
            while probe.Stats(Nothing(), timeout=PATIENCE).hanging == 0:
                threading.Event().wait(0.01)
            begin = time.monotonic()
            server.terminate()
            self.assertEqual(hanging.code(), grpc.StatusCode.UNAVAILABLE, "a call that outlives the grace")
            self.assertGreaterEqual(time.monotonic() - begin, least, f"the grace with SHUTDOWN_GRACE={grace}")

    def lines_of_a_short_life(self, **variables):
        """What the example logs that starts with its server switched off."""
        with tempfile.TemporaryDirectory() as folder:
            done = run_to_its_end("myservice", {"GRPC__SERVER__ENABLED": "false"} | variables, folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_log_format(self):
        for value, expected in (("json", True), ("console", False)):
            lines = self.lines_of_a_short_life(OBSERVABILITY__LOG_FORMAT=value)
            self.assertIn("grpc_server_disabled", "".join(lines))
            formats = [is_json(line) for line in lines]
            self.assertEqual(formats, [expected] * len(lines), f"which lines are JSON with LOG_FORMAT={value}: {lines}")

    def admin_addresses(self, **variables):
        """Where the example's admin port has listened."""
        events = [json.loads(line) for line in self.lines_of_a_short_life(**variables)]
        return [event["address"] for event in events if event["event"] == "admin_server_started"]

    def test_metrics_host(self):
        for host in ("127.0.0.1", "127.0.0.2"):
            with socket.socket() as probe:
                probe.bind((host, 0))
                port = probe.getsockname()[1]
            variables = {"OBSERVABILITY__METRICS_HOST": host, "OBSERVABILITY__METRICS_PORT": str(port)}
            addresses = self.admin_addresses(**variables)
            self.assertEqual(addresses, [f"{host}:{port}"], f"the admin port's address with METRICS_HOST={host}")

    def test_metrics_port_0_is_no_port(self):
        self.assertEqual(self.admin_addresses(OBSERVABILITY__METRICS_PORT="0"), [])

    def test_a_wrong_setting_is_one_line_and_exit_code_2(self):
        for name, value, *words in (
            ("GRPC__SERVER__PORT", "70000", "0", "65535"),
            ("GRPC__SERVER__MAX_WORKERS", "0", "1", "1024"),
            ("GRPC__SERVER__MAX_MESSAGE_SIZE", "many", "1024"),
            ("grpc__server__reflection_enabled", "perhaps", "true"),
            ("GRPC__CLIENT__MAX_RETRIES", "11", "10"),
            ("OBSERVABILITY__LOG_LEVEL", "loud", "info"),
            ("SECURITY__JWKS_URL", "http://issuer:99999/k", "http://host"),
        ):
            self.assert_refused(2, {name: value}, name.upper(), value, *words)

    def test_an_unknown_name_is_warned_about(self):
        with tempfile.TemporaryDirectory() as folder:
            variables = {"GRPC__SERVER__PROT": "1", "GRPC__SERVER__ENABLED": "false"}
            done = run_to_its_end("myservice", variables, folder)
        self.assertEqual(done.returncode, 0)
        self.assertIn("GRPC__SERVER__PROT", done.stderr)
        self.assertIn("GRPC__SERVER__PORT", done.stderr, "expected the nearest name as a suggestion")

    def test_a_dotenv_file_is_read_and_the_environment_wins(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, ".env"), "w", encoding="utf-8") as file:
                file.write("GRPC__SERVER__ENABLED=false\nGRPC__SERVER__PORT=99999\n")
            done = run_to_its_end("myservice", {"GRPC__SERVER__PORT": "0"}, folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("grpc_server_disabled", done.stdout)


if __name__ == "__main__":
    unittest.main()

"""Traces: what a collector of OpenTelemetry's protocol gets, across services of two implementations."""

import json
import pathlib
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from interop.case import PATIENCE
from interop.certificates import Certificate
from interop.client import grpc, open_channel, stub
from interop.collector import Collector, collecting
from interop.limits import seconds
from interop.protos import message
from interop.server import START_LIMIT, Server, program_environment

EchoRequest = message("plinth.test.EchoRequest")

NODE = pathlib.Path(__file__).resolve().parent.parent / "node"

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
SAMPLED = ("traceparent", f"00-{TRACE}-{CALLER}-01")
NOT_SAMPLED = ("traceparent", f"00-{TRACE}-{CALLER}-00")


class NodeService:
    """The service in trace_service.js. `spans` are those that it has had."""

    def __init__(self, next_target):
        self.spans = []
        self._process = subprocess.Popen(
            ["node", "trace_service.js", next_target],
            cwd=NODE,
            env=program_environment("127.0.0.1", None),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._started.wait(seconds(START_LIMIT)):
            self.stop()
            raise AssertionError("expected trace_service.js to listen")

    def _read(self):
        for line in self._process.stdout:
            entry = json.loads(line)
            if entry["event"] == "grpc_server_started":
                self.address = entry["address"]
                self._started.set()
            else:
                self.spans.append(entry)

    def stop(self):
        self._process.terminate()
        self._process.wait(seconds(10))
        self._reader.join(5)
        self._process.stdout.close()


class TracingCase(unittest.TestCase):
    def start(self, name, endpoint, *arguments, **environment):
        settings = {"OBSERVABILITY__SERVICE_NAME": name, "OBSERVABILITY__OTLP_ENDPOINT": endpoint}
        server = Server("trace-service", *arguments, environment=settings | environment)
        self.addCleanup(server.stop)
        return server

    def collector(self, **options):
        return self.enterContext(collecting(**options))

    def echo(self, server, *metadata, count=1):
        channel = open_channel(server.address)
        probe = stub(channel, "plinth.test.Probe")
        for _ in range(count):
            probe.Echo(EchoRequest(data=b"hello"), metadata=metadata, timeout=PATIENCE)
        channel.close()


class OneTraceTest(TracingCase):
    """python -> outer (ours) -> trace_service.js (grpc-js) -> inner (ours)"""

    def setUp(self):
        collector = self.collector()
        inner = self.start("inner", collector.endpoint)
        node = NodeService(f"ipv4:{inner.address}")
        self.addCleanup(node.stop)
        outer = self.start("outer", collector.endpoint, f"ipv4:{node.address}")
        self.echo(outer, SAMPLED, ("tracestate", "a=1,b=2"), ("baggage", "user=Am%C3%A9lie;ttl=3,plan=gold"))
        outer.stop()
        inner.stop()
        self.node_span = node.spans[0]
        self.spans = collector.wait_for(4)
        self.outer, self.inner = self.span("outer", "SERVER"), self.span("inner", "SERVER")
        self.call, self.attempt = self.span("outer", "CLIENT"), self.span("outer", "INTERNAL")

    def span(self, service, kind):
        found = [span for span in self.spans if (span.service, span.kind) == (service, kind)]
        self.assertEqual(len(found), 1, f"spans {kind} of {service}, among {self.spans}")
        return found[0]

    def test_every_span_is_the_child_of_the_one_before(self):
        self.assertEqual(len(self.spans), 4)
        self.assertEqual({span.trace_id for span in self.spans} | {self.node_span["trace_id"]}, {TRACE})
        self.assertEqual(self.outer.parent_id, CALLER)
        self.assertEqual(self.call.parent_id, self.outer.span_id)
        self.assertEqual(self.attempt.parent_id, self.call.span_id)
        self.assertEqual(self.node_span["parent_id"], self.attempt.span_id)
        self.assertEqual(self.inner.parent_id, self.node_span["span_id"])

    def test_spans_follow_the_conventions(self):
        for span in self.spans:
            self.assertEqual(span.attributes["rpc.system"], "grpc")
            self.assertEqual(span.attributes["rpc.service"], "plinth.test.Probe")
            self.assertEqual(span.attributes["rpc.method"], "Echo")
            self.assertEqual(span.attributes["rpc.grpc.status_code"], 0)
            self.assertEqual(span.attributes["network.peer.address"], "127.0.0.1")
            self.assertIsInstance(span.attributes["network.peer.port"], int)
            self.assertEqual(span.status.code, 0)
        self.assertEqual([span.name for span in (self.outer, self.call, self.inner)], ["plinth.test.Probe/Echo"] * 3)
        self.assertEqual(self.attempt.name, "Attempt.plinth.test.Probe/Echo")
        self.assertEqual(self.attempt.attributes["previous-rpc-attempts"], 0)

    def test_messages_are_events(self):
        request = {"sequence-number": 0, "message-size": 7}
        self.assertEqual(self.outer.events[0], ("Inbound message", request))
        self.assertEqual(self.call.events[0], ("Outbound message", request))
        self.assertEqual([name for name, _ in self.inner.events], ["Inbound message", "Outbound message"])

    def test_an_attempt_tells_what_it_waited_for_and_what_has_travelled(self):
        request = {"sequence-number": 0, "message-size": 7}
        response = {"sequence-number": 0, "message-size": 8}
        self.assertEqual(
            self.attempt.events,
            [("Delayed LB pick complete", {}), ("Outbound message", request), ("Inbound message", response)],
        )

    def test_parents_in_other_processes_are_marked(self):
        self.assertEqual([span.flags for span in (self.outer, self.inner)], [0x301] * 2)
        self.assertEqual([span.flags for span in (self.call, self.attempt)], [0x101] * 2)

    def test_tracestate_and_baggage_go_all_the_way(self):
        self.assertEqual({span.state for span in self.spans}, {"a=1,b=2"})
        self.assertEqual(self.inner.attributes["baggage.user"], "Amélie")
        self.assertEqual(self.inner.attributes["baggage.plan"], "gold")


class SamplingTest(TracingCase):
    def spans_of(self, *metadata, count=1, **environment):
        collector = self.collector()
        server = self.start("sampling", collector.endpoint, **environment)
        self.echo(server, *metadata, count=count)
        server.stop()
        return collector.spans

    def test_a_caller_that_does_not_sample_is_followed(self):
        self.assertEqual(self.spans_of(NOT_SAMPLED), [])

    def test_a_sampler_by_ratio_takes_about_that_part(self):
        spans = self.spans_of(count=400, OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.5")
        self.assertTrue(120 < len(spans) < 280, f"about 200 of 400 spans, not {len(spans)}")

    def test_always_off_takes_none(self):
        self.assertEqual(self.spans_of(SAMPLED, OTEL_TRACES_SAMPLER="always_off"), [])

    def test_a_malformed_parent_begins_a_trace(self):
        (span,) = self.spans_of(("traceparent", "00-hostile-01"), ("tracestate", "a=1"), ("baggage", '";'))
        self.assertEqual((span.parent_id, span.state), ("", ""))
        self.assertNotEqual(span.trace_id, TRACE)


class ExportTest(TracingCase):
    def test_spans_come_within_seconds_without_a_stop(self):
        collector = self.collector()
        self.echo(self.start("live", collector.endpoint), count=3)
        self.assertEqual(len(collector.wait_for(3)), 3)
        self.assertEqual(collector.exports, [3])

    def test_no_export_has_more_than_512_spans(self):
        collector = self.collector()
        server = self.start("busy", collector.endpoint)
        self.echo(server, count=1300)
        server.stop()
        self.assertEqual(sum(collector.exports), 1300)
        self.assertLessEqual(max(collector.exports), 512)

    def test_the_resource_and_the_headers_are_those_of_the_settings(self):
        collector = self.collector()
        server = self.start("named", collector.endpoint, OTEL_EXPORTER_OTLP_HEADERS="x-token=abc")
        self.echo(server)
        server.stop()
        self.assertEqual(collector.wait_for(1)[0].service, "named")
        self.assertEqual(collector.metadata["x-token"], "abc")

    def test_what_fails_for_a_moment_is_sent_again(self):
        collector = self.collector(failures=1)
        self.echo(self.start("patient", collector.endpoint))
        self.assertEqual(len(collector.wait_for(1)), 1)
        self.assertEqual(collector.exports, [1, 1])

    def test_https_is_checked_against_the_certificates_of_the_system(self):
        with tempfile.TemporaryDirectory() as folder:
            known, other = Certificate(folder, "known"), Certificate(folder, "other")
            credentials = grpc.ssl_server_credentials([(known.key_pem, known.pem)])
            collector = self.collector(credentials=credentials)
            for trusted, count in ((known, 1), (other, 0)):
                collector.spans.clear()
                server = self.start("secret", collector.endpoint, SSL_CERT_FILE=str(trusted.file))
                self.echo(server)
                server.stop()
                self.assertEqual(len(collector.spans), count)

    def assert_does_no_harm(self, collector):
        """What cannot be sent there holds neither calls nor the end, and is counted."""
        server = self.start("alone", f"http://127.0.0.1:{collector.getsockname()[1]}")
        self.echo(server, count=3000)
        began = time.monotonic()
        server.stop()
        self.assertLess(time.monotonic() - began, seconds(8), "the time to stop")
        lost = [event["count"] for event in server.events("telemetry_dropped") if event["signal"] == "traces"]
        self.assertEqual(sum(lost), 3000, f"spans that were lost, as the log counts them: {lost}")

    def test_a_collector_that_is_away_does_no_harm(self):
        with socket.socket() as place:
            place.bind(("127.0.0.1", 0))
            self.assert_does_no_harm(place)

    def test_a_collector_that_hangs_does_no_harm(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assert_does_no_harm(silent)

    def test_a_collector_that_comes_later_gets_what_was_kept(self):
        early = Collector()
        port = early.port
        early.stop()
        server = self.start("early", f"http://127.0.0.1:{port}")
        self.echo(server)
        with collecting(port=port) as collector:
            self.assertEqual(len(collector.wait_for(1)), 1)


if __name__ == "__main__":
    unittest.main()

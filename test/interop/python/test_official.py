"""The official interop cases that a server can be judged by, against grpc.testing.TestService."""

import itertools
import threading
import time
import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import callable_for, grpc, stub
from interop.official_service import LoadReport, load_report
from interop.protos import message

Empty = message("grpc.testing.Empty")
Payload = message("grpc.testing.Payload")
ResponseParameters = message("grpc.testing.ResponseParameters")
SimpleRequest = message("grpc.testing.SimpleRequest")
StreamingInputCallRequest = message("grpc.testing.StreamingInputCallRequest")
StreamingOutputCallRequest = message("grpc.testing.StreamingOutputCallRequest")
TestOrcaReport = message("grpc.testing.TestOrcaReport")
LoadReportRequest = message("xds.service.orca.v3.OrcaLoadReportRequest")

REQUEST_SIZES = [27182, 8, 1828, 45904]
RESPONSE_SIZES = [31415, 9, 2653, 58979]


def zeros(size):
    return Payload(body=bytes(size))


def output_request(response_size, request_size=0, **parameters):
    return StreamingOutputCallRequest(
        response_parameters=[ResponseParameters(size=response_size, **parameters)], payload=zeros(request_size)
    )


def sizes(responses):
    return [len(response.payload.body) for response in responses]


class OfficialCase(InteropCase):
    program = "interop-server"
    arguments = ("--port=0", "--use_tls=false")
    service = "grpc.testing.TestService"


class UnaryTest(OfficialCase):
    def test_empty_unary(self):
        self.assertEqual(self.stub.EmptyCall(Empty(), timeout=PATIENCE), Empty())

    def test_large_unary(self):
        request = SimpleRequest(response_size=314159, payload=zeros(271828))
        response = self.stub.UnaryCall(request, timeout=PATIENCE)
        self.assertEqual(response.payload, zeros(314159))

    def test_status_code_and_message(self):
        request = SimpleRequest(response_status={"code": 2, "message": "test status message"})
        self.fails(
            grpc.StatusCode.UNKNOWN,
            "a requested status",
            self.stub.UnaryCall,
            request,
            details="test status message",
        )

    def test_unimplemented_method(self):
        self.fails(
            grpc.StatusCode.UNIMPLEMENTED, "a method without a handler", self.stub.UnimplementedCall, Empty()
        )

    def test_unimplemented_service(self):
        path = "/grpc.testing.UnimplementedService/UnimplementedCall"
        call = callable_for(self.channel, path, Empty, Empty)
        self.fails(grpc.StatusCode.UNIMPLEMENTED, "an unknown service", call, Empty())


class StreamingTest(OfficialCase):
    def test_client_streaming(self):
        requests = [StreamingInputCallRequest(payload=zeros(size)) for size in REQUEST_SIZES]
        reply = self.stub.StreamingInputCall(iter(requests), timeout=PATIENCE)
        self.assertEqual(reply.aggregated_payload_size, sum(REQUEST_SIZES))

    def test_server_streaming(self):
        parameters = [ResponseParameters(size=size) for size in RESPONSE_SIZES]
        request = StreamingOutputCallRequest(response_parameters=parameters)
        self.assertEqual(sizes(self.stub.StreamingOutputCall(request, timeout=PATIENCE)), RESPONSE_SIZES)

    def test_server_streaming_with_intervals(self):
        parameters = [ResponseParameters(size=1, interval_us=50_000) for _ in range(4)]
        begin = time.monotonic()
        responses = self.stub.StreamingOutputCall(
            StreamingOutputCallRequest(response_parameters=parameters), timeout=PATIENCE
        )
        self.assertEqual(sizes(responses), [1] * 4)
        self.assertGreaterEqual(time.monotonic() - begin, 0.15, "four responses 50 ms apart")

    def test_ping_pong(self):
        requests = [output_request(*pair) for pair in zip(RESPONSE_SIZES, REQUEST_SIZES)]
        responses = self.stub.FullDuplexCall(iter(requests), timeout=PATIENCE)
        self.assertEqual(sizes(responses), RESPONSE_SIZES)

    def test_half_duplex(self):
        requests = [output_request(size) for size in RESPONSE_SIZES]
        responses = self.stub.HalfDuplexCall(iter(requests), timeout=PATIENCE)
        self.assertEqual(sizes(responses), RESPONSE_SIZES)

    def test_empty_stream(self):
        self.assertEqual(list(self.stub.FullDuplexCall(iter([]), timeout=PATIENCE)), [])

    def test_status_code_and_message_of_a_stream(self):
        request = StreamingOutputCallRequest(response_status={"code": 2, "message": "test status message"})
        self.fails(
            grpc.StatusCode.UNKNOWN,
            "a requested status",
            self.stub.FullDuplexCall,
            iter([request]),
            details="test status message",
        )

    def requests_that_go_on(self, *first):
        """These requests, then nothing until the end of the test."""
        over = threading.Event()
        self.addCleanup(over.set)
        return itertools.chain(first, iter(over.wait, True))

    def test_cancel_after_begin(self):
        call = self.stub.StreamingInputCall.future(self.requests_that_go_on(), timeout=PATIENCE)
        call.cancel()
        self.assertEqual(call.code(), grpc.StatusCode.CANCELLED)

    def test_cancel_after_first_response(self):
        first = output_request(31415, 27182)
        call = self.stub.FullDuplexCall(self.requests_that_go_on(first), timeout=PATIENCE)
        self.assertEqual(len(next(call).payload.body), 31415)
        call.cancel()
        with self.assertRaises(grpc.RpcError) as caught:
            next(call)
        self.assert_status(caught.exception, grpc.StatusCode.CANCELLED, "a cancelled stream")

    def test_timeout_on_sleeping_server(self):
        request = output_request(1, 27182, interval_us=10_000_000)
        self.fails(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "a server that sleeps past the deadline",
            self.stub.FullDuplexCall,
            iter([request]),
            timeout=0.2,
        )


class LoadReportTest(OfficialCase):
    """Only those beside the calls: grpcio keeps those of calls to itself."""

    REPORTS = [
        TestOrcaReport(cpu_utilization=0.8210, memory_utilization=0.5847, utilization={"util": 0.30499}),
        TestOrcaReport(cpu_utilization=0.29309, memory_utilization=0.2, utilization={"util": 0.2039}),
    ]

    def reports(self):
        service = stub(self.channel, "xds.service.orca.v3.OpenRcaService")
        call = service.StreamCoreMetrics(LoadReportRequest(), timeout=PATIENCE)
        self.addCleanup(call.cancel)
        return call

    def test_orca_oob(self):
        told = self.reports()
        self.assertEqual(next(told), LoadReport(), "nobody has said anything yet")
        over = threading.Event()
        self.addCleanup(over.set)
        for report in self.REPORTS:
            request = output_request(1)
            request.orca_oob_report.CopyFrom(report)
            call = self.stub.FullDuplexCall(itertools.chain([request], iter(over.wait, True)), timeout=PATIENCE)
            next(call)
            self.assertIn(load_report(report), told)
            call.cancel()
        self.assertIn(LoadReport(), told, "a report ends with the call that it came by")


if __name__ == "__main__":
    unittest.main()

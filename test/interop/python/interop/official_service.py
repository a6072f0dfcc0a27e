"""grpc.testing.TestService as a service of grpcio, which does not tell whether a request came compressed."""

import time
from concurrent import futures

from interop.client import grpc
from interop.protos import message

Empty = message("grpc.testing.Empty")
Payload = message("grpc.testing.Payload")
SimpleRequest = message("grpc.testing.SimpleRequest")
SimpleResponse = message("grpc.testing.SimpleResponse")
InputRequest = message("grpc.testing.StreamingInputCallRequest")
InputResponse = message("grpc.testing.StreamingInputCallResponse")
OutputRequest = message("grpc.testing.StreamingOutputCallRequest")
OutputResponse = message("grpc.testing.StreamingOutputCallResponse")
LoadReport = message("xds.data.orca.v3.OrcaLoadReport")
LoadReportRequest = message("xds.service.orca.v3.OrcaLoadReportRequest")

_NAME = "grpc.testing.TestService"
_LOAD_NAME = "xds.service.orca.v3.OpenRcaService"
_CODES = {code.value[0]: code for code in grpc.StatusCode}


def _serialize(response):
    return response.SerializeToString()


def _echo_metadata(context):
    sent = dict(context.invocation_metadata())
    initial, trailing = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"
    if initial in sent:
        context.send_initial_metadata(((initial, sent[initial]),))
    if trailing in sent:
        context.set_trailing_metadata(((trailing, sent[trailing]),))


def _check_status(request, context):
    if request.HasField("response_status"):
        context.abort(_CODES[request.response_status.code], request.response_status.message)


def load_report(report):
    """What the tests' own message says, as ORCA says it."""
    return LoadReport(
        cpu_utilization=report.cpu_utilization,
        mem_utilization=report.memory_utilization,
        request_cost=report.request_cost,
        utilization=report.utilization,
    )


def _empty_call(_, context):
    _echo_metadata(context)
    return Empty()


def _unary_call(request, context):
    if request.response_compressed.value:
        context.set_compression(grpc.Compression.Gzip)
    _echo_metadata(context)
    _check_status(request, context)
    if request.HasField("orca_per_query_report"):
        report = load_report(request.orca_per_query_report).SerializeToString()
        context.set_trailing_metadata((("endpoint-load-metrics-bin", report),))
    return SimpleResponse(
        payload=Payload(body=bytes(request.response_size)), server_id="grpcio" if request.fill_server_id else ""
    )


def _responses(request, context):
    for parameters in request.response_parameters:
        time.sleep(parameters.interval_us / 1e6)
        if parameters.HasField("compressed") and not parameters.compressed.value:
            context.disable_next_message_compression()
        yield OutputResponse(payload=Payload(body=bytes(parameters.size)))


def _streaming_output_call(request, context):
    if any(parameters.compressed.value for parameters in request.response_parameters):
        context.set_compression(grpc.Compression.Gzip)
    _echo_metadata(context)
    yield from _responses(request, context)


def _streaming_input_call(requests, context):
    _echo_metadata(context)
    return InputResponse(aggregated_payload_size=sum(len(request.payload.body) for request in requests))


class _Load:
    """What the server says of its load: what a client has asked it to say last."""

    def __init__(self):
        self._report = LoadReport()

    def full_duplex_call(self, requests, context):
        _echo_metadata(context)
        for request in requests:
            _check_status(request, context)
            if request.HasField("orca_oob_report"):
                self._report = load_report(request.orca_oob_report)
            yield from _responses(request, context)

    def stream_core_metrics(self, request, context):
        while context.is_active():
            yield self._report
            time.sleep(request.report_interval.seconds)


def _handlers(load):
    kinds = {
        "EmptyCall": (grpc.unary_unary_rpc_method_handler, _empty_call, Empty),
        "UnaryCall": (grpc.unary_unary_rpc_method_handler, _unary_call, SimpleRequest),
        "StreamingOutputCall": (grpc.unary_stream_rpc_method_handler, _streaming_output_call, OutputRequest),
        "StreamingInputCall": (grpc.stream_unary_rpc_method_handler, _streaming_input_call, InputRequest),
        "FullDuplexCall": (grpc.stream_stream_rpc_method_handler, load.full_duplex_call, OutputRequest),
    }
    return _made_of(kinds)


def _load_handlers(load):
    make = grpc.unary_stream_rpc_method_handler
    return _made_of({"StreamCoreMetrics": (make, load.stream_core_metrics, LoadReportRequest)})


def _made_of(kinds):
    return {
        name: make(handler, request_deserializer=request.FromString, response_serializer=_serialize)
        for name, (make, handler, request) in kinds.items()
    }


class OfficialServer:
    """A server of grpcio in this process. `port` is where it listens."""

    def __init__(self, credentials=None):
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        load = _Load()
        services = {_NAME: _handlers(load), _LOAD_NAME: _load_handlers(load)}
        self._server.add_generic_rpc_handlers(
            tuple(grpc.method_handlers_generic_handler(name, handlers) for name, handlers in services.items())
        )
        if credentials:
            self.port = self._server.add_secure_port("127.0.0.1:0", credentials)
        else:
            self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self):
        self._server.stop(0).wait()

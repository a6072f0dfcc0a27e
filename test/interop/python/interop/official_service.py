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

_NAME = "grpc.testing.TestService"
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


def _empty_call(_, context):
    _echo_metadata(context)
    return Empty()


def _unary_call(request, context):
    if request.response_compressed.value:
        context.set_compression(grpc.Compression.Gzip)
    _echo_metadata(context)
    _check_status(request, context)
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


def _full_duplex_call(requests, context):
    _echo_metadata(context)
    for request in requests:
        _check_status(request, context)
        yield from _responses(request, context)


def _handlers():
    kinds = {
        "EmptyCall": (grpc.unary_unary_rpc_method_handler, _empty_call, Empty),
        "UnaryCall": (grpc.unary_unary_rpc_method_handler, _unary_call, SimpleRequest),
        "StreamingOutputCall": (grpc.unary_stream_rpc_method_handler, _streaming_output_call, OutputRequest),
        "StreamingInputCall": (grpc.stream_unary_rpc_method_handler, _streaming_input_call, InputRequest),
        "FullDuplexCall": (grpc.stream_stream_rpc_method_handler, _full_duplex_call, OutputRequest),
    }
    return {
        name: make(handler, request_deserializer=request.FromString, response_serializer=_serialize)
        for name, (make, handler, request) in kinds.items()
    }


class OfficialServer:
    """A server of grpcio in this process. `port` is where it listens."""

    def __init__(self, credentials=None):
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_NAME, _handlers()),))
        if credentials:
            self.port = self._server.add_secure_port("127.0.0.1:0", credentials)
        else:
            self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self):
        self._server.stop(0).wait()

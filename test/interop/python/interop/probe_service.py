"""plinth.test.Probe as a service of grpcio, which keeps what it sees."""

import os
import threading
from concurrent import futures

from interop.client import grpc
from interop.limits import seconds
from interop.protos import message

Chunk = message("plinth.test.Chunk")
DrainReply = message("plinth.test.DrainReply")
EchoReply = message("plinth.test.EchoReply")
EchoRequest = message("plinth.test.EchoRequest")
FailRequest = message("plinth.test.FailRequest")
FloodRequest = message("plinth.test.FloodRequest")
Nothing = message("plinth.test.Nothing")

_NAME = "plinth.test.Probe"
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_OPTIONS = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]
DETAILS = b"\x08\x05 a message of google.rpc.Status \xff\x00"


class ProbeService:
    """Its calls: `seen` has the metadata of each, `cancelled` is set once a handler of Hang was cancelled."""

    def __init__(self):
        self.seen = []
        self.cancelled = threading.Event()

    def handlers(self):
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        kinds = {
            "Echo": (unary, self._echo, EchoRequest),
            "Fail": (unary, self._fail, FailRequest),
            "Hang": (unary, self._hang, Nothing),
            "Flood": (stream, self._flood, FloodRequest),
            "Drain": (grpc.stream_unary_rpc_method_handler, self._drain, Chunk),
            "Chat": (grpc.stream_stream_rpc_method_handler, self._chat, Chunk),
        }
        return {
            name: make(handler, request_deserializer=request.FromString, response_serializer=_serialize)
            for name, (make, handler, request) in kinds.items()
        }

    def _note(self, context):
        metadata = dict(context.invocation_metadata())
        self.seen.append(metadata)
        if metadata.get("compress") == "gzip":
            context.set_compression(grpc.Compression.Gzip)
        context.send_initial_metadata((("probe-initial", "yes"), ("probe-initial-bin", b"\x00\xff")))
        context.set_trailing_metadata((("probe-trailing", "yes"), ("probe-trailing-bin", b"\xfe\x01")))

    def _echo(self, request, context):
        self._note(context)
        left = context.time_remaining()
        return EchoReply(
            data=b"x" * request.reply_size,
            received=len(request.data),
            remaining_ms=-1 if left is None else int(left * 1000),
            server=os.getpid(),
        )

    def _fail(self, request, context):
        self._note(context)
        context.set_trailing_metadata((("probe-trailing", "yes"), ("grpc-status-details-bin", DETAILS)))
        context.abort(_CODES[request.code], request.message)

    def _hang(self, _, context):
        self._note(context)
        over = threading.Event()
        context.add_callback(over.set)
        if over.wait(seconds(20)):
            self.cancelled.set()
        return Nothing()

    def _flood(self, request, context):
        self._note(context)
        for left in range(request.bytes, 0, -request.message_size):
            yield Chunk(data=b"x" * min(left, request.message_size))

    def _drain(self, chunks, context):
        self._note(context)
        sizes = [len(chunk.data) for chunk in chunks]
        return DrainReply(messages=len(sizes), bytes=sum(sizes))

    def _chat(self, chunks, context):
        self._note(context)
        yield from chunks


def _serialize(response):
    return response.SerializeToString()


class GrpcioServer:
    """A server of grpcio with a ProbeService, in this process. `port` is where it listens."""

    def __init__(self, credentials=None):
        self.service = ProbeService()
        self._server = grpc.server(futures.ThreadPoolExecutor(8), options=_OPTIONS)
        handlers = grpc.method_handlers_generic_handler(_NAME, self.service.handlers())
        self._server.add_generic_rpc_handlers((handlers,))
        if credentials:
            self.port = self._server.add_secure_port("127.0.0.1:0", credentials)
        else:
            self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def target(self):
        return f"ipv4:127.0.0.1:{self.port}"

    def stop(self):
        self._server.stop(0).wait()

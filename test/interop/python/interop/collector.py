"""A collector of spans: OTLP's TraceService, by grpcio."""

import collections
import concurrent.futures
import contextlib
import threading

from interop.client import grpc
from interop.limits import seconds
from interop.protos import message

_SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"
_Request = message("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest")
_Response = message("opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse")

Span = collections.namedtuple(
    "Span", "service name kind trace_id span_id parent_id state flags status attributes events"
)


def _attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def _spans(request):
    for group in request.resource_spans:
        service = _attributes(group.resource.attributes)["service.name"]
        for span in (span for scope in group.scope_spans for span in scope.spans):
            yield Span(
                service,
                span.name,
                span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.trace_state,
                span.flags,
                span.status,
                _attributes(span.attributes),
                [(event.name, _attributes(event.attributes)) for event in span.events],
            )


class Collector:
    """`spans` are those that were taken, `exports` the sizes of all exports, `metadata` that of the last.

    The next `failures` exports fail.
    """

    def __init__(self, credentials=None, port=0, failures=0):
        self.spans = []
        self.exports = []
        self.metadata = {}
        self.failures = failures
        self._changed = threading.Condition()
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        export = grpc.unary_unary_rpc_method_handler(
            self._export, request_deserializer=_Request.FromString, response_serializer=_Response.SerializeToString
        )
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(_SERVICE, {"Export": export})])
        address = f"127.0.0.1:{port}"
        self.port = (
            self._server.add_secure_port(address, credentials)
            if credentials
            else self._server.add_insecure_port(address)
        )
        self._server.start()
        self.endpoint = f"{'https' if credentials else 'http'}://127.0.0.1:{self.port}"

    def stop(self):
        self._server.stop(0).wait()

    def wait_for(self, count):
        """The spans, once there are that many."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.spans) >= count, seconds(20)):
                raise AssertionError(f"expected {count} spans, got {[span.name for span in self.spans]}")
            return list(self.spans)

    def _export(self, request, context):
        with self._changed:
            spans = list(_spans(request))
            self.exports.append(len(spans))
            self.metadata = dict(context.invocation_metadata())
            if self.failures:
                self.failures -= 1
                context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
            self.spans.extend(spans)
            self._changed.notify_all()
        return _Response()


@contextlib.contextmanager
def collecting(*arguments, **options):
    collector = Collector(*arguments, **options)
    try:
        yield collector
    finally:
        collector.stop()

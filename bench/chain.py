"""What the default chain of interceptors needs around it: a token to check and a place to send spans to."""

import base64
import concurrent.futures
import contextlib
import hashlib
import hmac
import json

from common import free_port, grpc

SECRET = "a secret that only this benchmark knows"
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token():
    """A JWT of HS256 as issuers make them, good for longer than any benchmark."""
    claims = {"iss": "https://issuer.example", "sub": "bench", "aud": "plinth", "scope": "read", "exp": 4102444800}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    text = b".".join(map(base64url, parts))
    return b".".join((text, base64url(hmac.digest(SECRET.encode(), text, hashlib.sha256)))).decode()


class Sink:
    """An OpenTelemetry collector that takes every export, and throws it away."""

    def __init__(self):
        self.port = free_port()
        self.bytes = 0

    def environment(self):
        """Of a server that traces one call of a hundred, and sends the spans here."""
        return {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.01",
                "OBSERVABILITY__OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}"}

    def take(self, request, _context):
        self.bytes += len(request)
        return b""

    @contextlib.contextmanager
    def running(self):
        service, method = EXPORT.strip("/").split("/")
        methods = {method: grpc.unary_unary_rpc_method_handler(self.take)}
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(1),
                             handlers=[grpc.method_handlers_generic_handler(service, methods)])
        server.add_insecure_port(f"127.0.0.1:{self.port}")
        server.start()
        try:
            yield
        finally:
            server.stop(None).wait()

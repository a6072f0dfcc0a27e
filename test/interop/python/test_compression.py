"""gzip, as the client asks for it and as the server is asked to use it, in the clear and over TLS."""

import tempfile
import unittest

from interop.case import PATIENCE, InteropCase
from interop.certificates import Certificate
from interop.client import grpc, stub
from interop.protos import message

Payload = message("grpc.testing.Payload")
SimpleRequest = message("grpc.testing.SimpleRequest")
StreamingInputCallRequest = message("grpc.testing.StreamingInputCallRequest")
StreamingOutputCallRequest = message("grpc.testing.StreamingOutputCallRequest")

GZIP = grpc.Compression.Gzip
REQUEST_SIZES = [27182, 45904]


def input_requests(expect_compressed):
    return [
        StreamingInputCallRequest(
            payload=Payload(body=bytes(size)), expect_compressed={"value": expect_compressed}
        )
        for size in REQUEST_SIZES
    ]


def unary_request(**options):
    return SimpleRequest(response_size=314159, payload=Payload(body=bytes(271828)), **options)


class CompressionCase(InteropCase):
    program = "interop-server"
    arguments = ("--port=0", "--use_tls=false")
    service = "grpc.testing.TestService"


class RequestTest(CompressionCase):
    def test_a_compressed_request_is_seen_as_such(self):
        request = unary_request(expect_compressed={"value": True})
        response = self.stub.UnaryCall(request, compression=GZIP, timeout=PATIENCE)
        self.assertEqual(len(response.payload.body), 314159)

    def test_an_uncompressed_request_is_seen_as_such(self):
        request = unary_request(expect_compressed={"value": True})
        why = "a request that is not compressed where the server expects it to be"
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, why, self.stub.UnaryCall, request)

    def test_a_compressed_stream_of_requests(self):
        requests = iter(input_requests(expect_compressed=True))
        reply = self.stub.StreamingInputCall(requests, compression=GZIP, timeout=PATIENCE)
        self.assertEqual(reply.aggregated_payload_size, sum(REQUEST_SIZES))

    def test_an_uncompressed_stream_of_requests(self):
        requests = iter(input_requests(expect_compressed=True))
        why = "a stream that is not compressed where the server expects it to be"
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, why, self.stub.StreamingInputCall, requests)


class ResponseTest(CompressionCase):
    def test_responses_with_and_without_compression(self):
        for compressed in (True, False):
            response = self.stub.UnaryCall(unary_request(response_compressed={"value": compressed}), timeout=PATIENCE)
            self.assertEqual(response.payload.body, bytes(314159), f"response_compressed {compressed}")

    def test_a_stream_that_mixes_both(self):
        parameters = [
            {"size": 31415, "compressed": {"value": True}},
            {"size": 92653, "compressed": {"value": False}},
            {"size": 58979, "compressed": {"value": True}},
        ]
        request = StreamingOutputCallRequest(response_parameters=parameters)
        responses = self.stub.StreamingOutputCall(request, timeout=PATIENCE)
        self.assertEqual([len(response.payload.body) for response in responses], [31415, 92653, 58979])


class WholeChannelTest(CompressionCase):
    def test_a_channel_that_compresses_everything(self):
        compressing = stub(self.open_channel(self.server.address, compression=GZIP), self.service)
        response = compressing.UnaryCall(unary_request(response_compressed={"value": True}), timeout=PATIENCE)
        self.assertEqual(response.payload.body, bytes(314159))
        requests = (
            StreamingOutputCallRequest(response_parameters=[{"size": size}], payload=Payload(body=bytes(size)))
            for size in REQUEST_SIZES
        )
        echoes = compressing.FullDuplexCall(requests, timeout=PATIENCE)
        self.assertEqual([len(echo.payload.body) for echo in echoes], REQUEST_SIZES)


class OverTls:
    """The same tests with TLS below them."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        cls.addClassCleanup(folder.cleanup)
        own = Certificate(folder.name, "own")
        cls.credentials = grpc.ssl_channel_credentials(own.pem)
        files = (f"--tls_cert_file={own.file}", f"--tls_key_file={own.key_file}")
        cls.arguments = ("--port=0", "--use_tls=true", *files)
        super().setUpClass()

    def open_channel(self, address, credentials=None, compression=None):
        return super().open_channel(address, credentials or self.credentials, compression)


class RequestOverTlsTest(OverTls, RequestTest):
    pass


class ResponseOverTlsTest(OverTls, ResponseTest):
    pass


class WholeChannelOverTlsTest(OverTls, WholeChannelTest):
    pass


if __name__ == "__main__":
    unittest.main()

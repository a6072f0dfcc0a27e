"""Messages up to the limit of 4 MiB pass; a larger one fails alone, and its connection goes on."""

import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import grpc
from interop.limits import MIB
from interop.process import connections
from interop.protos import message

Payload = message("grpc.testing.Payload")
SimpleRequest = message("grpc.testing.SimpleRequest")
StreamingInputCallRequest = message("grpc.testing.StreamingInputCallRequest")
StreamingOutputCallRequest = message("grpc.testing.StreamingOutputCallRequest")

LARGE = int(3.9 * MIB)
TOO_LARGE = 4 * MIB + 1


class LargeMessageTest(InteropCase):
    program = "interop-server"
    arguments = ("--port=0", "--use_tls=false")
    service = "grpc.testing.TestService"

    def call(self, request_size, response_size, **options):
        request = SimpleRequest(response_size=response_size, payload=Payload(body=bytes(request_size)))
        response = self.stub.UnaryCall(request, timeout=PATIENCE, **options)
        self.assertEqual(len(response.payload.body), response_size)

    def refuse(self, why, **options):
        request = SimpleRequest(payload=Payload(body=bytes(TOO_LARGE)))
        self.fails(grpc.StatusCode.RESOURCE_EXHAUSTED, why, self.stub.UnaryCall, request, **options)

    def test_almost_four_mebibytes_both_ways(self):
        self.call(LARGE, LARGE)

    def test_sizes_around_the_frame_and_the_window(self):
        for size in (0, 1, 16383, 16384, 16385, 65534, 65535, 65536, 1 * MIB):
            self.call(size, size)

    def test_a_stream_of_large_messages(self):
        requests = (
            StreamingOutputCallRequest(response_parameters=[{"size": LARGE}], payload=Payload(body=bytes(LARGE)))
            for _ in range(4)
        )
        responses = self.stub.FullDuplexCall(requests, timeout=PATIENCE)
        self.assertEqual([len(response.payload.body) for response in responses], [LARGE] * 4)

    def test_a_request_above_the_limit_fails_and_the_connection_goes_on(self):
        self.call(1, 1)
        before = connections(self.server)
        self.assertEqual(len(before), 1, "the connections of one client")
        for _ in range(3):
            self.refuse("a request above 4 MiB")
            self.call(LARGE, 1)
        self.assertEqual(connections(self.server), before, "the connection before and after the refused requests")

    def test_a_compressed_request_that_unpacks_above_the_limit_fails(self):
        self.refuse("a request that is above 4 MiB once it is unpacked", compression=grpc.Compression.Gzip)
        self.call(1, 1)

    def test_a_stream_whose_sum_is_above_the_limit_passes(self):
        requests = (StreamingInputCallRequest(payload=Payload(body=bytes(MIB))) for _ in range(10))
        reply = self.stub.StreamingInputCall(requests, timeout=PATIENCE)
        self.assertEqual(reply.aggregated_payload_size, 10 * MIB)

    def test_one_message_above_the_limit_in_a_stream(self):
        sizes = (1000, TOO_LARGE, 1000)
        requests = (StreamingInputCallRequest(payload=Payload(body=bytes(size))) for size in sizes)
        why = "a stream with a message above 4 MiB"
        self.fails(grpc.StatusCode.RESOURCE_EXHAUSTED, why, self.stub.StreamingInputCall, requests)
        self.call(1, 1)


if __name__ == "__main__":
    unittest.main()

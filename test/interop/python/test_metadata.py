"""Initial and trailing metadata, text and binary, there and back."""

import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import grpc
from interop.protos import message

SimpleRequest = message("grpc.testing.SimpleRequest")
StreamingOutputCallRequest = message("grpc.testing.StreamingOutputCallRequest")

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
EVERY_BYTE = bytes(range(256))


def values(metadata, key):
    return [entry.value for entry in metadata or () if entry.key == key]


class MetadataTest(InteropCase):
    program = "interop-server"
    arguments = ("--port=0", "--use_tls=false")
    service = "grpc.testing.TestService"

    def echo(self, *metadata):
        """What comes back, as initial and as trailing values, from a unary call with that metadata."""
        _, call = self.stub.UnaryCall.with_call(SimpleRequest(response_size=1), metadata=metadata, timeout=PATIENCE)
        return values(call.initial_metadata(), INITIAL), values(call.trailing_metadata(), TRAILING)

    def test_text_as_initial_and_bytes_as_trailing(self):
        initial, trailing = self.echo((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab"))
        self.assertEqual(initial, ["test_initial_metadata_value"])
        self.assertEqual(trailing, [b"\xab\xab\xab"])

    def test_every_byte_value(self):
        for sent in (EVERY_BYTE, EVERY_BYTE[::-1], EVERY_BYTE * 4):
            self.assertEqual(self.echo((TRAILING, sent))[1], [sent])

    def test_each_length_of_base64_padding(self):
        for length in range(5):
            sent = EVERY_BYTE[250 : 250 + length]
            self.assertEqual(self.echo((TRAILING, sent))[1], [sent], f"a binary value of {length} bytes")

    def test_two_binary_values_of_one_key_keep_their_order(self):
        sent = [b"first\x00", b"\xffsecond"]
        self.assertEqual(self.echo(*((TRAILING, value) for value in sent))[1], sent)

    def test_two_text_values_of_one_key_keep_their_order(self):
        initial, _ = self.echo((INITIAL, "first"), (INITIAL, "second"))
        self.assertEqual(",".join(initial).replace(", ", ","), "first,second")

    def test_every_printable_character(self):
        printable = "".join(map(chr, range(0x21, 0x7F)))
        self.assertEqual(self.echo((INITIAL, printable))[0], [printable])

    def test_a_long_value(self):
        self.assertEqual(self.echo((INITIAL, "v" * 4000))[0], ["v" * 4000])

    def test_a_stream_echoes_too(self):
        request = StreamingOutputCallRequest(response_parameters=[{"size": 1}])
        call = self.stub.FullDuplexCall(
            iter([request]), metadata=((INITIAL, "text"), (TRAILING, EVERY_BYTE)), timeout=PATIENCE
        )
        self.assertEqual(len(list(call)), 1)
        self.assertEqual(values(call.initial_metadata(), INITIAL), ["text"])
        self.assertEqual(values(call.trailing_metadata(), TRAILING), [EVERY_BYTE])

    def test_a_failed_call_carries_trailing_metadata(self):
        request = SimpleRequest(response_status={"code": 5, "message": "gone"})
        error = self.fails(
            grpc.StatusCode.NOT_FOUND,
            "a requested status",
            self.stub.UnaryCall,
            request,
            metadata=((TRAILING, EVERY_BYTE),),
        )
        self.assertEqual(values(error.trailing_metadata(), TRAILING), [EVERY_BYTE])

    def test_unknown_metadata_is_no_trouble(self):
        unknown = [(f"x-unknown-{n}", "value") for n in range(50)]
        self.assertEqual(self.echo(*unknown, (INITIAL, "still here"))[0], ["still here"])


if __name__ == "__main__":
    unittest.main()

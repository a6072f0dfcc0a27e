"""How calls end: every code, every character of a message, and handlers that throw."""

import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import callable_for, grpc
from interop.protos import message

FailRequest = message("plinth.test.FailRequest")
Nothing = message("plinth.test.Nothing")
ThrowRequest = message("plinth.test.ThrowRequest")

MESSAGES = {
    "spaces and line breaks": "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n",
    "percent signs": "100% of %20 and %zz and a last %",
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f",
    "many alphabets": "\u00e9\u00df \u0416 \u05d0 \u0639 \u4e2d \u3042 \ud55c \U0001f9ea",
    "quotes and commas": "\"a\", 'b'; c=d",
    "nothing": "",
    "two thousand characters": "long \u00e9 " * 285,
}


class StatusCase(InteropCase):
    program = "probe-server"
    service = "plinth.test.Probe"


class FailTest(StatusCase):
    def test_every_code(self):
        for code in grpc.StatusCode:
            if code is grpc.StatusCode.OK:
                continue
            request = FailRequest(code=code.value[0], message=f"as {code.name}")
            why = f"a handler that returns {code.name}"
            error = self.fails(code, why, self.stub.Fail, request, details=f"as {code.name}")
            self.assertIn(("probe-trailer", "yes"), list(error.trailing_metadata()), f"the trailers of {code.name}")

    def test_messages_of_every_sort(self):
        for sort, text in MESSAGES.items():
            with self.subTest(sort):
                request = FailRequest(code=9, message=text)
                why = f"a message with {sort}"
                self.fails(grpc.StatusCode.FAILED_PRECONDITION, why, self.stub.Fail, request, details=text)


class ThrowTest(StatusCase):
    def throw(self, kind, code, **options):
        self.fails(code, f"a handler that throws {kind}", self.stub.Throw, ThrowRequest(kind=kind), **options)
        self.stub.Stats(Nothing(), timeout=PATIENCE)

    def test_an_exception_is_internal_and_the_server_lives(self):
        for kind in ("int", "runtime_error"):
            self.throw(kind, grpc.StatusCode.INTERNAL)

    def test_a_thrown_status_is_the_status(self):
        self.throw("status", grpc.StatusCode.ABORTED, details="told so")

    def test_abort_is_its_status(self):
        self.throw("abort", grpc.StatusCode.ABORTED)


class UnimplementedTest(StatusCase):
    def test_unknown_methods_and_services(self):
        for path in ("/plinth.test.Probe/NoSuch", "/no.such.Service/Get", "/plinth.test.probe/Stats"):
            call = callable_for(self.channel, path, Nothing, Nothing)
            self.fails(grpc.StatusCode.UNIMPLEMENTED, f"the path {path}", call, Nothing())

    def test_an_unknown_method_that_is_sent_a_stream(self):
        call = callable_for(self.channel, "/no.such.Service/Push", Nothing, Nothing, client_streams=True)
        requests = (Nothing() for _ in range(1000))
        self.fails(grpc.StatusCode.UNIMPLEMENTED, "a stream to an unknown service", call, requests)


if __name__ == "__main__":
    unittest.main()

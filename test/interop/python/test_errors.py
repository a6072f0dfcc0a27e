"""What a peer hears of errors that handlers throw: safe sentences, and rich details when the server gives them."""

import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import grpc
from interop.details import KEY, detail_of, status_of
from interop.protos import message

Order = message("plinth.test.Order")
BadRequest = message("google.rpc.BadRequest")
DebugInfo = message("google.rpc.DebugInfo")
ErrorInfo = message("google.rpc.ErrorInfo")
ResourceInfo = message("google.rpc.ResourceInfo")
RetryInfo = message("google.rpc.RetryInfo")

SECRET = "password is 1234"

# What is thrown, and what the peer sees of it.
TABLE = {
    "ValidationError": (grpc.StatusCode.INVALID_ARGUMENT, "Validation failed"),
    "NotFoundError": (grpc.StatusCode.NOT_FOUND, "Resource not found"),
    "UnauthorizedError": (grpc.StatusCode.UNAUTHENTICATED, "Authentication required"),
    "ForbiddenError": (grpc.StatusCode.PERMISSION_DENIED, "Access denied"),
    "ConflictError": (grpc.StatusCode.ALREADY_EXISTS, "Resource already exists"),
    "RateLimitError": (grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many requests"),
    "ExternalServiceError": (grpc.StatusCode.UNAVAILABLE, "Service temporarily unavailable"),
    "DatabaseError": (grpc.StatusCode.INTERNAL, "Internal server error"),
    "TimeoutError": (grpc.StatusCode.DEADLINE_EXCEEDED, "Operation timed out"),
    "invalid_argument": (grpc.StatusCode.INVALID_ARGUMENT, "Invalid argument"),
    "out_of_range": (grpc.StatusCode.OUT_OF_RANGE, "Value out of range"),
    "connection_refused": (grpc.StatusCode.UNAVAILABLE, "Service temporarily unavailable"),
    "runtime_error": (grpc.StatusCode.INTERNAL, "Internal server error"),
    "int": (grpc.StatusCode.INTERNAL, "Internal server error"),
}


class ErrorsCase(InteropCase):
    program = "chain-server"
    service = "plinth.test.Chain"

    def each_kind(self, order):
        """The calls of all four kinds that carry out this order: name, function, argument."""
        yield "unary", self.stub.Unary, order
        yield "server streaming", self.stub.ServerStreaming, order
        yield "client streaming", self.stub.ClientStreaming, iter([order])
        yield "bidirectional", self.stub.Bidirectional, iter([order])

    def throw(self, error):
        """How a unary call ends whose handler throws this."""
        code, sentence = TABLE[error]
        order = Order(end="THROW", error=error, message=SECRET)
        return self.fails(code, error, self.stub.Unary, order, details=sentence)


class SafeSentencesTest(ErrorsCase):
    def test_every_error_in_every_kind_of_call(self):
        for error, (code, sentence) in TABLE.items():
            for kind, call, argument in self.each_kind(Order(end="THROW", error=error, message=SECRET, reports=3)):
                with self.subTest(f"{error}, {kind}"):
                    ended = self.fails(code, f"{error} in a {kind} call", call, argument, details=sentence)
                    told = dict(ended.trailing_metadata())
                    self.assertNotIn(KEY, told, "nobody has asked for details")
                    self.assertNotIn("1234", repr(told))

    def test_a_status_is_left_alone(self):
        for code in grpc.StatusCode:
            if code is grpc.StatusCode.OK:
                continue
            order = Order(end="STATUS", code=code.value[0], message="for the peer")
            for kind, call, argument in self.each_kind(order):
                self.fails(code, f"a {kind} call that returns {code.name}", call, argument, details="for the peer")

    def test_a_call_that_ends_well_is_left_alone(self):
        self.assertEqual(self.stub.Unary(Order(message="hello"), timeout=PATIENCE).message, "hello")
        self.assertEqual(len(list(self.stub.ServerStreaming(Order(reports=3), timeout=PATIENCE))), 3)

    def test_a_deadline_is_left_alone(self):
        self.fails(
            grpc.StatusCode.DEADLINE_EXCEEDED, "a handler that hangs", self.stub.Unary, Order(end="HANG"), timeout=0.2
        )


class DetailsTest(ErrorsCase):
    arguments = ("--details",)

    def test_every_thrown_error_has_a_reason(self):
        for error in TABLE:
            with self.subTest(error):
                ended = self.throw(error)
                info = detail_of(ended, ErrorInfo)
                self.assertEqual((info.reason, info.domain), (ended.code().name, "plinth.test.Chain"))

    def test_a_validation_error_names_its_fields(self):
        violation = detail_of(self.throw("ValidationError"), BadRequest).field_violations[0]
        self.assertEqual((violation.field, violation.description), ("page_size", SECRET))

    def test_an_error_about_a_resource_names_it(self):
        for error in ("NotFoundError", "ConflictError"):
            resource = detail_of(self.throw(error), ResourceInfo)
            self.assertEqual((resource.resource_type, resource.resource_name), ("Resource", "7"), error)

    def test_a_rate_limit_error_tells_when_to_come_back(self):
        delay = detail_of(self.throw("RateLimitError"), RetryInfo).retry_delay
        self.assertEqual((delay.seconds, delay.nanos), (1, 500_000_000))

    def test_the_text_of_an_exception_stays_secret(self):
        for error in set(TABLE) - {"ValidationError"}:
            told = status_of(self.throw(error)).SerializeToString()
            self.assertNotIn(b"1234", told, error)

    def test_a_status_gets_no_details(self):
        order = Order(end="STATUS", code=5, message="for the peer")
        error = self.fails(grpc.StatusCode.NOT_FOUND, "a returned status", self.stub.Unary, order)
        self.assertNotIn(KEY, dict(error.trailing_metadata()))


class DebugInfoTest(ErrorsCase):
    arguments = ("--debug_info",)

    def test_the_exception_is_told(self):
        told = detail_of(self.throw("runtime_error"), DebugInfo).detail
        self.assertEqual(told, f"std::runtime_error: {SECRET}")


if __name__ == "__main__":
    unittest.main()

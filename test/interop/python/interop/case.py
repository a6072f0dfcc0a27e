"""The base of the suites: a server for the class, a channel and a stub for the test, failures in words."""

import unittest

from interop.client import grpc, open_async_channel, open_channel, stub
from interop.limits import seconds
from interop.loop import run
from interop.server import Server

PATIENCE = seconds(20)


def describe(error):
    return f"{error.code().name} {error.details()!r}"


class _ServerCase:
    """Runs `program` while the tests of the class run."""

    program = None
    arguments = ()
    service = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server(cls.program, *cls.arguments)
        cls.addClassCleanup(cls.server.stop)

    def tearDown(self):
        super().tearDown()
        self.server.check_alive()

    def assert_status(self, error, code, why, details=None):
        """Checks the status that a call ended with; `why` names the situation."""
        self.assertEqual(error.code(), code, f"expected {code.name} for {why}, got {describe(error)}")
        if details is not None:
            self.assertEqual(error.details(), details, f"the status message for {why}")


class InteropCase(_ServerCase, unittest.TestCase):
    """Tests with the blocking API. Calls carry `timeout=PATIENCE` so that a silent server fails a test."""

    def setUp(self):
        super().setUp()
        self.channel = self.open_channel(self.server.address)
        self.stub = stub(self.channel, self.service)

    def open_channel(self, address, credentials=None, compression=None):
        channel = open_channel(address, credentials, compression)
        self.addCleanup(channel.close)
        return channel

    def fails(self, code, why, call, *arguments, details=None, **options):
        """Makes the call, reads every response, and returns the error that it must end with."""
        options.setdefault("timeout", PATIENCE)
        try:
            response = call(*arguments, **options)
            if hasattr(response, "__next__"):
                response = list(response)
        except grpc.RpcError as error:
            self.assert_status(error, code, why, details)
            return error
        self.fail(f"expected {code.name} for {why}, got OK with {response!r:.200}")


class AsyncInteropCase(_ServerCase, unittest.TestCase):
    """Tests with the asyncio API, where the client reads only when it asks to."""

    def setUp(self):
        super().setUp()
        self.channel = self.open_channel(self.server.address)
        self.stub = stub(self.channel, self.service)

    def open_channel(self, address):
        channel = open_async_channel(address)
        self.addCleanup(lambda: run(channel.close()))
        return channel

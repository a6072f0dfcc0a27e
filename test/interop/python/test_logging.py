"""The log of a running program: correlation ids end to end, and standard outputs that are full, slow or not there."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from interop.client import callable_for, grpc, open_channel, stub
from interop.case import PATIENCE
from interop.limits import seconds
from interop.ports import free_port
from interop.protos import message
from interop.server import program_environment, program_path

GetResourceRequest = message("myservice.GetResourceRequest")
Resource = message("myservice.Resource")

UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
GET = "/myservice.MyService/GetResource"


class Program:
    """myservice, with its standard output wherever a test wants it."""

    def __init__(self, stdout, level="info"):
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self._folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        variables = {"GRPC__SERVER__PORT": str(port), "OBSERVABILITY__LOG_LEVEL": level}
        command = [program_path("myservice")]
        if stdout is None:
            command = ["/bin/sh", "-c", f"exec {command[0]} >&-"]
        self.process = subprocess.Popen(
            command,
            cwd=self._folder.name,
            env=program_environment("127.0.0.1", variables),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
        )
        self.channel = open_channel(self.address)
        grpc.channel_ready_future(self.channel).result(seconds(10))
        self.service = stub(self.channel, "myservice.MyService")

    def get(self, correlation_id=None, name="1"):
        """The correlation ids that come back with a call, before its answer or with its status, and that status."""
        metadata = [] if correlation_id is None else [("x-correlation-id", correlation_id)]
        call = self.service.GetResource.future(GetResourceRequest(id=name), metadata=metadata, timeout=PATIENCE)
        call.exception()
        received = (*call.initial_metadata(), *call.trailing_metadata())
        return [value for key, value in received if key == "x-correlation-id"], call.code()

    def stop(self):
        """Its exit code, and how many seconds it took to end."""
        self.channel.close()
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds(15)), time.monotonic() - began
        finally:
            self.process.kill()
            self.process.wait()
            self._folder.cleanup()


class LoggingTest(unittest.TestCase):
    """Standard output is a file; `events` stops the program and reads it."""

    def setUp(self):
        self.file = tempfile.TemporaryFile()
        self.addCleanup(self.file.close)

    def start(self, level="info"):
        program = Program(self.file, level)
        self.addCleanup(program.stop)
        return program

    def events(self, program, name=None):
        code, _ = program.stop()
        self.assertEqual(code, 0, "exit code after SIGTERM")
        self.file.seek(0)
        lines = self.file.read().splitlines()
        events = [json.loads(line) for line in lines]
        return [event for event in events if name in (None, event["event"])]

    def test_a_call_is_one_json_line_with_the_fields_of_the_contract(self):
        program = self.start()
        self.assertEqual(program.get("abc-123"), (["abc-123"], grpc.StatusCode.OK))
        (event,) = [e for e in self.events(program, "grpc_request_completed") if e["method"] == GET]
        self.assertRegex(event["timestamp"], RFC_3339)
        self.assertEqual(event["level"], "info")
        self.assertEqual(event["kind"], "unary")
        self.assertEqual(event["correlation_id"], "abc-123")
        self.assertEqual(event["status"], "OK")
        self.assertGreater(event["duration_ms"], 0)
        self.assertTrue(event["peer"].startswith("ipv4:127.0.0.1:"), event["peer"])

    def test_a_call_that_fails_is_told_with_status_and_error(self):
        program = self.start()
        _, code = program.get("abc-123", name="no such id")
        self.assertEqual(code, grpc.StatusCode.NOT_FOUND)
        (event,) = self.events(program, "grpc_request_failed")
        self.assertEqual(event["status"], "NOT_FOUND")
        self.assertEqual(event["correlation_id"], "abc-123")
        self.assertTrue(event["error"])

    def test_a_call_without_an_id_gets_a_uuid(self):
        program = self.start()
        (first,), _ = program.get()
        (second,), _ = program.get()
        self.assertRegex(first, UUID_4)
        self.assertRegex(second, UUID_4)
        self.assertNotEqual(first, second)
        logged = [e["correlation_id"] for e in self.events(program, "grpc_request_completed") if e["method"] == GET]
        self.assertEqual(logged, [first, second])

    def test_an_unfit_id_is_replaced(self):
        program = self.start()
        for unfit in ('"},{"event":"forged', "two words", "x" * 129, "back\\slash", "it's", ""):
            (given,), code = program.get(unfit)
            self.assertEqual(code, grpc.StatusCode.OK)
            self.assertRegex(given, UUID_4, f"instead of {unfit!r}")
        self.assertEqual(program.get("x" * 128)[0], ["x" * 128])
        self.assertEqual(self.events(program, "forged"), [])

    def test_a_method_cannot_forge_a_line(self):
        program = self.start()
        for path in ('/a"},{"event":"forged"}/b', "/a\\/b", "/x/" + "y" * 2000):
            call = callable_for(program.channel, path, GetResourceRequest, Resource)
            with self.assertRaises(grpc.RpcError) as caught:
                call(GetResourceRequest(), timeout=PATIENCE)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
        paths = [event["method"] for event in self.events(program, "grpc_request_failed")]
        self.assertEqual(paths, ['/a"},{"event":"forged"}/b', "/a\\/b", "/x/" + "y" * 2000])

    def test_no_line_is_lost_when_it_stops(self):
        program = self.start()
        for _ in range(500):
            self.assertEqual(program.get()[1], grpc.StatusCode.OK)
        events = self.events(program)
        self.assertEqual(sum(e["event"] == "grpc_request_completed" and e["method"] == GET for e in events), 500)
        self.assertEqual(events[-1]["event"], "grpc_server_stopped")

    def test_the_level_counts(self):
        program = self.start(level="debug")
        program.get()
        self.assertEqual(len(self.events(program, "grpc_request_started")), 1)


class StandardOutputTest(unittest.TestCase):
    """Whatever happens to standard output, calls go on as if nothing were."""

    def start(self, stdout):
        program = Program(stdout)
        self.addCleanup(program.stop)
        return program

    def call_often(self, program, times=2000):
        codes = {program.get()[1] for _ in range(times)}
        self.assertEqual(codes, {grpc.StatusCode.OK})

    def assert_stops(self, program, within=5.0):
        code, took = program.stop()
        self.assertEqual(code, 0, "exit code after SIGTERM")
        self.assertLess(took, seconds(within), "seconds to stop")

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            program = self.start(full)
        self.call_often(program, 100)
        self.assert_stops(program)

    def test_a_closed_standard_output(self):
        program = self.start(None)
        self.call_often(program, 100)
        target = os.readlink(f"/proc/{program.process.pid}/fd/1")
        self.assertEqual(target, "/dev/null", "what has the number of standard output")
        self.assert_stops(program)

    def test_a_reader_that_has_gone(self):
        read, write = os.pipe()
        program = self.start(write)
        os.close(write)
        self.call_often(program, 10)
        os.close(read)
        self.call_often(program, 100)
        self.assert_stops(program)

    def test_a_reader_that_stalls(self):
        read, write = os.pipe()
        program = self.start(write)
        os.close(write)
        self.addCleanup(os.close, read)
        self.call_often(program)  # more than a pipe takes
        self.assert_stops(program, within=8.0)

    def test_a_reader_that_comes_back_gets_every_line(self):
        read, write = os.pipe()
        program = self.start(write)
        os.close(write)
        self.call_often(program)
        program.process.send_signal(signal.SIGTERM)
        with open(read, "rb") as reader:
            events = [json.loads(line) for line in reader]
        self.assert_stops(program)
        completed = [e for e in events if e["event"] == "grpc_request_completed" and e["method"] == GET]
        self.assertEqual(len(completed), 2000)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
import pathlib
import queue
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import grpc  # noqa: E402
from smoke import PATIENCE, Example, load, seconds  # noqa: E402

features = load("features.proto", HERE)


class FeaturesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.example = Example("features", features)
        cls.addClassCleanup(cls.example.stop)

    def work(self, steps, timeout):
        return self.example.Work(features.WorkRequest(steps=steps), timeout=timeout)

    def test_metadata(self):
        greet = self.example.Greet.with_call
        reply, call = greet(features.GreetRequest(), metadata=[("x-name", "Ada")], timeout=PATIENCE)
        self.assertEqual(reply.text, "Hello, Ada!")
        self.assertIn(("x-language", "en"), call.initial_metadata())
        self.assertIn(("x-length", "11"), call.trailing_metadata())

    def test_interceptor(self):
        _, call = self.example.Greet.with_call(features.GreetRequest(), timeout=PATIENCE)
        self.assertTrue(dict(call.trailing_metadata())["x-took-us"].isdigit())

    def test_deadline(self):
        self.assertEqual(self.work(3, PATIENCE).steps, 3)
        steps = self.work(1_000_000, seconds(1)).steps
        self.assertGreater(steps, 0, "expected an answer with what was done before the deadline")

    def test_cancellation(self):
        before = self.work(0, PATIENCE).cancelled_calls
        call = self.example.Work.future(features.WorkRequest(steps=1_000_000), timeout=PATIENCE)
        self.work(5, PATIENCE)
        call.cancel()
        self.work(5, PATIENCE)
        self.assertEqual(self.work(0, PATIENCE).cancelled_calls, before + 1)

    def test_abort(self):
        divide = self.example.Divide
        self.assertEqual(divide(features.DivideRequest(dividend=17, divisor=5), timeout=PATIENCE).remainder, 2)
        with self.assertRaises(grpc.RpcError) as caught:
            divide(features.DivideRequest(dividend=1), timeout=PATIENCE)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(caught.exception.details(), "divisor must not be 0")

    def test_offload(self):
        request = features.CountPrimesRequest(below=1000)
        self.assertEqual(self.example.CountPrimes(request, timeout=PATIENCE).count, 168)

    def test_reading_and_writing_at_the_same_time(self):
        requests = queue.SimpleQueue()
        requests.put(features.TickRequest(interval_ms=1))
        replies = self.example.Tick(iter(requests.get, None), timeout=PATIENCE)
        numbers = [next(replies).number for _ in range(5)]
        requests.put(features.TickRequest(interval_ms=2))
        numbers += [next(replies).number for _ in range(5)]
        requests.put(None)
        self.assertEqual(numbers, list(range(1, 11)))
        for _ in replies:
            pass
        self.assertEqual(replies.code(), grpc.StatusCode.OK)


if __name__ == "__main__":
    unittest.main()

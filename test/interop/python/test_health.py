"""The health service: Check, Watch and List."""

import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import callable_for, grpc
from interop.limits import seconds
from interop.protos import message

HealthCheckRequest = message("grpc.health.v1.HealthCheckRequest")
HealthCheckResponse = message("grpc.health.v1.HealthCheckResponse")
HealthListRequest = message("plinth.interop.HealthListRequest")
HealthListResponse = message("plinth.interop.HealthListResponse")

KNOWN = ("", "myservice.MyService")


class HealthTest(InteropCase):
    program = "myservice"
    service = "grpc.health.v1.Health"

    def watch(self, name, timeout=PATIENCE):
        call = self.stub.Watch(HealthCheckRequest(service=name), timeout=timeout)
        self.addCleanup(call.cancel)
        return call

    def test_check_of_the_server_and_of_its_service(self):
        for name in KNOWN:
            reply = self.stub.Check(HealthCheckRequest(service=name), timeout=PATIENCE)
            self.assertEqual(reply.status, HealthCheckResponse.SERVING, f"the status of {name!r}")

    def test_check_of_an_unknown_name_is_not_found(self):
        request = HealthCheckRequest(service="no.such.Service")
        self.fails(grpc.StatusCode.NOT_FOUND, "an unknown service", self.stub.Check, request)

    def test_watch_tells_the_status_at_once(self):
        for name in KNOWN:
            first = next(self.watch(name))
            self.assertEqual(first.status, HealthCheckResponse.SERVING, f"the status of {name!r}")

    def test_watch_of_an_unknown_name_says_so_and_stays_open(self):
        call = self.watch("no.such.Service", timeout=seconds(0.7))
        self.assertEqual(next(call).status, HealthCheckResponse.SERVICE_UNKNOWN)
        with self.assertRaises(grpc.RpcError) as caught:
            next(call)
        self.assert_status(
            caught.exception, grpc.StatusCode.DEADLINE_EXCEEDED, "a watch that stays open until its deadline"
        )

    def test_list_names_every_service(self):
        call = callable_for(self.channel, "/grpc.health.v1.Health/List", HealthListRequest, HealthListResponse)
        statuses = call(HealthListRequest(), timeout=PATIENCE).statuses
        for name in KNOWN:
            self.assertIn(name, statuses)
            self.assertEqual(statuses[name].status, HealthCheckResponse.SERVING, f"the status of {name!r}")


if __name__ == "__main__":
    unittest.main()

"""The four call kinds, on the example service."""

import threading
import unittest

from interop.case import PATIENCE, InteropCase
from interop.client import grpc
from interop.protos import message

GetResourceRequest = message("myservice.GetResourceRequest")
ListResourcesRequest = message("myservice.ListResourcesRequest")
Resource = message("myservice.Resource")


class MyServiceCase(InteropCase):
    program = "myservice"
    service = "myservice.MyService"

    def get(self, resource_id):
        return self.stub.GetResource(GetResourceRequest(id=resource_id), timeout=PATIENCE)

    def list_ids(self, page_size):
        resources = self.stub.ListResources(ListResourcesRequest(page_size=page_size), timeout=PATIENCE)
        return [resource.id for resource in resources]


class UnaryTest(MyServiceCase):
    def test_returns_the_resource_asked_for(self):
        self.assertEqual(self.get("123"), Resource(id="123", name="resource 123"))

    def test_unknown_id_is_not_found(self):
        request = GetResourceRequest(id="no-such")
        self.fails(
            grpc.StatusCode.NOT_FOUND,
            "an unknown id",
            self.stub.GetResource,
            request,
            details="Resource no-such not found",
        )

    def test_empty_id_is_invalid(self):
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, "an empty id", self.stub.GetResource, GetResourceRequest())


class ServerStreamingTest(MyServiceCase):
    def test_ids_come_in_numeric_order(self):
        self.assertEqual(self.list_ids(12), [str(number) for number in range(1, 13)])

    def test_page_size_zero_means_ten(self):
        self.assertEqual(self.list_ids(0), [str(number) for number in range(1, 11)])

    def test_hundred_is_the_largest_page(self):
        self.assertEqual(len(self.list_ids(100)), 100)

    def test_a_page_outside_the_bounds_is_invalid(self):
        for size in (-1, 101, 2**31 - 1, -(2**31)):
            request = ListResourcesRequest(page_size=size)
            self.fails(
                grpc.StatusCode.INVALID_ARGUMENT, f"page_size {size}", self.stub.ListResources, request
            )


class ClientStreamingTest(MyServiceCase):
    def create(self, *resources):
        return self.stub.CreateResources(iter(resources), timeout=PATIENCE)

    def refuse(self, code, why, *resources):
        return self.fails(code, why, self.stub.CreateResources, iter(resources))

    def assert_absent(self, resource_id, why):
        request = GetResourceRequest(id=resource_id)
        self.fails(grpc.StatusCode.NOT_FOUND, why, self.stub.GetResource, request)

    def test_stores_the_stream_and_counts_it(self):
        reply = self.create(*(Resource(id=str(1000 + n), name=f"made {n}") for n in range(50)))
        self.assertEqual(reply.count, 50)
        self.assertEqual(self.get("1049").name, "made 49")

    def test_an_empty_stream_stores_nothing(self):
        self.assertEqual(self.create().count, 0)

    def test_an_existing_id_refuses_the_whole_stream(self):
        new, existing = Resource(id="3001", name="n"), Resource(id="7", name="n")
        self.refuse(grpc.StatusCode.ALREADY_EXISTS, "an id that exists", new, existing)
        self.assert_absent("3001", "a resource that came before the refused one")
        self.assertEqual(self.get("7").name, "resource 7")

    def test_an_invalid_resource_refuses_the_whole_stream(self):
        for why, bad in (("an empty id", Resource(name="n")), ("an empty name", Resource(id="3003"))):
            self.refuse(grpc.StatusCode.INVALID_ARGUMENT, why, Resource(id="3002", name="n"), bad)
            self.assert_absent("3002", f"a resource that came before {why}")


class BidirectionalTest(MyServiceCase):
    def test_each_resource_is_answered_as_it_arrives(self):
        wanted = [Resource(id=str(2000 + n), name=f"synced {n}") for n in range(20)]
        answered = threading.Semaphore(1)

        def each_after_the_last_answer():
            for resource in wanted:
                if not answered.acquire(timeout=PATIENCE):
                    return
                yield resource

        seen = []
        for stored in self.stub.SyncResources(each_after_the_last_answer(), timeout=PATIENCE):
            seen.append(stored)
            answered.release()
        self.assertEqual(seen, wanted)

    def test_an_existing_resource_is_replaced(self):
        renamed = Resource(id="42", name="renamed")
        self.assertEqual(list(self.stub.SyncResources(iter([renamed]), timeout=PATIENCE)), [renamed])
        self.assertEqual(self.get("42"), renamed)

    def test_an_empty_stream_is_answered_with_nothing(self):
        self.assertEqual(list(self.stub.SyncResources(iter([]), timeout=PATIENCE)), [])

    def test_an_invalid_resource_ends_the_stream(self):
        for why, bad in (("an empty id", Resource(name="n")), ("an empty name", Resource(id="3004"))):
            self.fails(grpc.StatusCode.INVALID_ARGUMENT, why, self.stub.SyncResources, iter([bad]))


if __name__ == "__main__":
    unittest.main()

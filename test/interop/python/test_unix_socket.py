"""A server on a Unix socket."""

import pathlib
import tempfile
import unittest

from interop.client import open_channel, stub
from interop.case import PATIENCE
from interop.protos import message
from interop.server import Server

GetResourceRequest = message("myservice.GetResourceRequest")
ListResourcesRequest = message("myservice.ListResourcesRequest")
Resource = message("myservice.Resource")


class UnixSocketTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plinth-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "my.sock")
        self.server = Server("myservice", host=f"unix:{self.path}")
        self.addCleanup(self.server.stop)
        channel = open_channel(self.server.address)
        self.addCleanup(channel.close)
        self.stub = stub(channel, "myservice.MyService")

    def test_the_address_names_the_socket(self):
        self.assertEqual(self.server.address, f"unix:{self.path}")
        self.assertTrue(self.path.is_socket())

    def test_calls_over_the_socket(self):
        one = self.stub.GetResource(GetResourceRequest(id="5"), timeout=PATIENCE)
        self.assertEqual(one.name, "resource 5")
        listed = self.stub.ListResources(ListResourcesRequest(page_size=100), timeout=PATIENCE)
        self.assertEqual(len(list(listed)), 100)
        sent = [Resource(id=str(n), name="new") for n in range(300, 400)]
        self.assertEqual(list(self.stub.SyncResources(iter(sent), timeout=PATIENCE)), sent)


if __name__ == "__main__":
    unittest.main()

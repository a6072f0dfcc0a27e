"""The example is as healthy as its database: without its table it is NOT_SERVING, and SERVING when that is back."""

import os
import sqlite3
import tempfile
import unittest

from interop.client import open_channel, stub
from interop.limits import seconds
from interop.protos import message
from interop.server import Server

HealthCheckRequest = message("grpc.health.v1.HealthCheckRequest")
HealthCheckResponse = message("grpc.health.v1.HealthCheckResponse")

# The database is asked each 5 s.
PATIENCE = seconds(20)


class DependencyHealthTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        self.addCleanup(folder.cleanup)
        database = os.path.join(folder.name, "resources.db")
        server = Server("myservice", environment={"MYSERVICE_DATABASE": database})
        self.addCleanup(server.stop)
        self.administrator = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(self.administrator.close)
        channel = open_channel(server.address)
        self.addCleanup(channel.close)
        self.health = stub(channel, "grpc.health.v1.Health")

    def assert_becomes(self, watch, status):
        """The first that a watch tells may be what was the case before."""
        told = next(watch).status
        if told != status:
            told = next(watch).status
        name = HealthCheckResponse.ServingStatus.Name
        self.assertEqual(name(told), name(status))
        self.assertEqual(self.health.Check(HealthCheckRequest(), timeout=PATIENCE).status, status)

    def test_a_database_without_its_table_is_noticed_and_so_is_its_return(self):
        watch = self.health.Watch(HealthCheckRequest(), timeout=PATIENCE)
        self.addCleanup(watch.cancel)
        self.assert_becomes(watch, HealthCheckResponse.SERVING)
        self.administrator.execute("ALTER TABLE resources RENAME TO elsewhere")
        self.assert_becomes(watch, HealthCheckResponse.NOT_SERVING)
        self.administrator.execute("ALTER TABLE elsewhere RENAME TO resources")
        self.assert_becomes(watch, HealthCheckResponse.SERVING)


if __name__ == "__main__":
    unittest.main()

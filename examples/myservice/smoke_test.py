#!/usr/bin/python3
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from smoke import PATIENCE, Example, load  # noqa: E402

myservice = load("myservice/service.proto", HERE.parent.parent / "protos")


class MyServiceTest(unittest.TestCase):
    def test_get_and_list(self):
        example = Example("myservice", myservice)
        self.addCleanup(example.stop)
        one = example.GetResource(myservice.GetResourceRequest(id="123"), timeout=PATIENCE)
        self.assertEqual(one.name, "resource 123")
        several = example.ListResources(myservice.ListResourcesRequest(page_size=3), timeout=PATIENCE)
        self.assertEqual([resource.id for resource in several], ["1", "2", "3"])


if __name__ == "__main__":
    unittest.main()

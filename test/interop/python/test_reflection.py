"""Server reflection, in both of its versions, asked with the plain protocol."""

import unittest

from google.protobuf import descriptor_pb2

from interop.case import PATIENCE, InteropCase
from interop.client import grpc
from interop.protos import message

NOT_FOUND = grpc.StatusCode.NOT_FOUND.value[0]


class ReflectionQuestions:
    """The tests, for the protocol whose package is `package`."""

    program = "myservice"

    def request(self, **question):
        return message(f"{self.package}.ServerReflectionRequest")(host="here", **question)

    def ask(self, *requests):
        return list(self.stub.ServerReflectionInfo(iter(requests), timeout=PATIENCE))

    def files(self, **question):
        (answer,) = self.ask(self.request(**question))
        which = answer.WhichOneof("message_response")
        self.assertEqual(which, "file_descriptor_response", f"the answer to {question}: {answer}")
        decode = descriptor_pb2.FileDescriptorProto.FromString
        return [decode(data) for data in answer.file_descriptor_response.file_descriptor_proto]

    def assert_not_found(self, **question):
        (answer,) = self.ask(self.request(**question))
        self.assertEqual(answer.WhichOneof("message_response"), "error_response", f"the answer to {question}")
        self.assertEqual(answer.error_response.error_code, NOT_FOUND, f"the error for {question}")

    def test_lists_the_services_by_their_proto_names(self):
        (answer,) = self.ask(self.request(list_services=""))
        names = [service.name for service in answer.list_services_response.service]
        for name in ("myservice.MyService", "grpc.health.v1.Health", f"{self.package}.ServerReflection"):
            self.assertIn(name, names)

    def test_finds_the_file_of_a_symbol(self):
        symbols = {
            "myservice.MyService": "a service",
            "myservice.MyService.GetResource": "a method",
            "myservice.Resource": "a message",
        }
        for symbol, kind in symbols.items():
            file = self.files(file_containing_symbol=symbol)[0]
            self.assertEqual(file.package, "myservice", f"the file of {kind}")
            self.assertEqual([service.name for service in file.service], ["MyService"])
            self.assertEqual(len(file.service[0].method), 4)

    def test_a_file_is_found_again_by_its_name(self):
        by_symbol = self.files(file_containing_symbol="myservice.MyService")[0]
        by_name = self.files(file_by_filename=by_symbol.name)[0]
        self.assertEqual(by_name, by_symbol)

    def test_describes_the_services_that_come_with_the_toolkit(self):
        for symbol in ("grpc.health.v1.Health", f"{self.package}.ServerReflection"):
            file = self.files(file_containing_symbol=symbol)[0]
            self.assertIn(symbol.rpartition(".")[2], [service.name for service in file.service])

    def test_what_does_not_exist_is_not_found(self):
        self.assert_not_found(file_containing_symbol="no.such.Symbol")
        self.assert_not_found(file_by_filename="no/such.proto")
        self.assert_not_found(file_containing_extension={"containing_type": "no.Such", "extension_number": 1})
        self.assert_not_found(all_extension_numbers_of_type="no.such.Type")

    def test_a_message_without_extensions_has_none(self):
        (answer,) = self.ask(self.request(all_extension_numbers_of_type="myservice.Resource"))
        self.assertEqual(answer.WhichOneof("message_response"), "all_extension_numbers_response")
        self.assertEqual(answer.all_extension_numbers_response.base_type_name, "myservice.Resource")
        self.assertEqual(list(answer.all_extension_numbers_response.extension_number), [])

    def test_one_stream_answers_many_questions_and_goes_on_after_an_error(self):
        questions = [
            self.request(file_containing_symbol="no.such.Symbol"),
            self.request(list_services=""),
            self.request(file_containing_symbol="myservice.Resource"),
        ]
        answers = self.ask(*questions)
        kinds = [answer.WhichOneof("message_response") for answer in answers]
        self.assertEqual(kinds, ["error_response", "list_services_response", "file_descriptor_response"])
        self.assertEqual([answer.original_request for answer in answers], questions)
        self.assertEqual({answer.valid_host for answer in answers}, {"here"})


class ReflectionV1Test(ReflectionQuestions, InteropCase):
    package = "grpc.reflection.v1"
    service = "grpc.reflection.v1.ServerReflection"


class ReflectionV1AlphaTest(ReflectionQuestions, InteropCase):
    package = "grpc.reflection.v1alpha"
    service = "grpc.reflection.v1alpha.ServerReflection"


if __name__ == "__main__":
    unittest.main()

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <type_traits>

#include "awkward_names.pb.h"
#include "awkward_names.plinth.h"
#include "fake_calls.h"
#include "four_kinds.pb.h"
#include "four_kinds.plinth.h"
#include "imports.plinth.h"
#include "no_package.plinth.h"

namespace {

using namespace plinth;
using testdata::kinds::Kinds;
using testdata::kinds::Request;
using testdata::kinds::Response;
using testdata::kinds::WithoutMethods;
using testdata::plinth::awkward::class_;
using testdata::plinth::awkward::Members;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Request request(std::string text) {
  Request message;
  message.set_text(std::move(text));
  return message;
}

Response response(std::string text) {
  Response message;
  message.set_text(std::move(text));
  return message;
}

std::string bytes(const google::protobuf::MessageLite& message) { return message.SerializeAsString(); }

class Echo : public Kinds::Servicer {
 public:
  using Servicer::Servicer;

  Task<Result<Response>> Unary(ServerContext&, const Request& request) override {
    if (request.text().empty()) co_return invalid_argument("an empty request");
    co_return response("unary " + request.text());
  }

  Generator<Response> ServerStreaming(ServerContext&, const Request& request) override {
    for (char c : request.text()) co_yield response(std::string(1, c));
    if (request.text().empty()) co_yield not_found("nothing to send");
  }

  Task<Result<Response>> ClientStreaming(ServerContext&, Reader<Request>& requests) override {
    std::string all;
    while (auto request = co_await requests.next()) all += request->text();
    co_return response(all);
  }

  Generator<Response> Bidirectional(ServerContext&, Reader<Request>& requests) override {
    while (auto request = co_await requests.next()) co_yield response("generated " + request->text());
  }
};

class Independent : public Kinds::Servicer {
  Task<Status> Bidirectional(ServerContext&, Reader<Request>& requests, Writer<Response>& responses) override {
    Response first = response("before reading");
    co_await responses.write(first);
    while (auto request = co_await requests.next()) {
    }
    co_return Status();
  }
};

class Names : public Members::Servicer {
  Task<Result<testdata::plinth::awkward::Status>> methods_(ServerContext&,
                                                           const testdata::plinth::awkward::Status&) override {
    co_return testdata::plinth::awkward::Status();
  }
};

const MethodHandler& handler_of(const BaseServicer& servicer, std::string_view name) {
  auto handlers = servicer.methods();
  return *std::ranges::find(handlers, name, [](const MethodHandler& handler) { return handler.method.name(); });
}

Status serve(BaseServicer& servicer, std::string_view name, FakeServerStream& stream) {
  FakeServerContext context;
  return run(handler_of(servicer, name).run(servicer, context, stream));
}

TEST(GeneratedServicer, ListsItsMethodsInTheirOrder) {
  Echo servicer;
  EXPECT_EQ(servicer.service_name(), "testdata.kinds.Kinds");
  EXPECT_EQ(Kinds::kName, "testdata.kinds.Kinds");
  std::vector<std::string> paths;
  std::vector<CallKind> kinds;
  for (const auto& handler : servicer.methods()) {
    paths.emplace_back(handler.method.path);
    kinds.push_back(handler.method.kind);
  }
  EXPECT_THAT(paths, ElementsAre("/testdata.kinds.Kinds/Unary", "/testdata.kinds.Kinds/ServerStreaming",
                                 "/testdata.kinds.Kinds/ClientStreaming", "/testdata.kinds.Kinds/Bidirectional"));
  EXPECT_THAT(kinds, ElementsAre(CallKind::kUnary, CallKind::kServerStreaming, CallKind::kClientStreaming,
                                 CallKind::kBidirectional));
}

TEST(GeneratedServicer, ServesAUnaryCall) {
  Echo servicer;
  FakeServerStream stream;
  stream.receive(request("a"));
  EXPECT_EQ(serve(servicer, "Unary", stream), Status());
  EXPECT_THAT(stream.last, ElementsAre(bytes(response("unary a"))));
}

TEST(GeneratedServicer, GivesTheErrorOfAUnaryHandler) {
  Echo servicer;
  FakeServerStream stream;
  stream.receive(request(""));
  EXPECT_EQ(serve(servicer, "Unary", stream), invalid_argument("an empty request"));
  EXPECT_THAT(stream.last, IsEmpty());
}

TEST(GeneratedServicer, SendsWhatAGeneratorYields) {
  Echo servicer;
  FakeServerStream stream;
  stream.receive(request("ab"));
  EXPECT_EQ(serve(servicer, "ServerStreaming", stream), Status());
  EXPECT_THAT(stream.sent, ElementsAre(bytes(response("a")), bytes(response("b"))));
}

TEST(GeneratedServicer, ThrowsTheErrorThatAGeneratorEndsWith) {
  Echo servicer;
  FakeServerStream stream;
  stream.receive(request(""));
  try {
    (void)serve(servicer, "ServerStreaming", stream);
    FAIL() << "the generator's error was lost";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status(), not_found("nothing to send"));
  }
}

TEST(GeneratedServicer, ReadsAStreamOfRequests) {
  Echo servicer;
  FakeServerStream stream;
  stream.receive(request("a"));
  stream.receive(request("b"));
  EXPECT_EQ(serve(servicer, "ClientStreaming", stream), Status());
  EXPECT_THAT(stream.last, ElementsAre(bytes(response("ab"))));
}

TEST(GeneratedServicer, AnswersEachRequestOfABidirectionalCallAsItCanBeRead) {
  Echo servicer;
  FakeServerContext context;
  FakeServerStream stream;
  stream.ended = false;
  struct : detail::Completion {
    bool done = false;
    void on_complete() noexcept override { done = true; }
  } completion;
  auto task = handler_of(servicer, "Bidirectional").run(servicer, context, stream);
  ASSERT_FALSE(task.start(nullptr, completion)) << "it must wait for the first request";

  stream.receive(request("a"));
  EXPECT_THAT(stream.sent, ElementsAre(bytes(response("generated a"))));
  stream.receive(request("b"));
  EXPECT_EQ(stream.sent.size(), 2u);
  EXPECT_FALSE(completion.done);
  stream.end();
  ASSERT_TRUE(completion.done);
  EXPECT_EQ(task.take(), Status());
}

TEST(GeneratedServicer, PrefersTheWriterFormOfABidirectionalHandler) {
  Independent servicer;
  FakeServerStream stream;
  EXPECT_EQ(serve(servicer, "Bidirectional", stream), Status());
  EXPECT_THAT(stream.sent, ElementsAre(bytes(response("before reading"))));
}

TEST(GeneratedServicer, RefusesWhatIsNotOverridden) {
  Kinds::Servicer servicer;
  for (const auto& handler : servicer.methods()) {
    FakeServerStream stream;
    stream.receive(request("a"));
    Status status;
    try {
      status = serve(servicer, handler.method.name(), stream);
    } catch (const StatusError& error) {
      status = error.status();
    }
    EXPECT_EQ(status, unimplemented("the server does not implement {}", handler.method.path));
    EXPECT_THAT(stream.sent, IsEmpty());
    EXPECT_THAT(stream.last, IsEmpty());
  }
}

TEST(GeneratedServicer, HandsItsConstructorsOn) {
  EXPECT_TRUE(std::is_default_constructible_v<Echo>);
  EXPECT_TRUE((std::is_constructible_v<Echo, Container&>));
  EXPECT_TRUE(std::is_move_constructible_v<Echo>);
}

TEST(GeneratedServicer, MayHaveNoMethods) {
  WithoutMethods::Servicer servicer;
  EXPECT_EQ(servicer.service_name(), "testdata.kinds.WithoutMethods");
  EXPECT_THAT(servicer.methods(), IsEmpty());
}

TEST(GeneratedServicer, MayHaveNoPackage) {
  Unpackaged::Servicer servicer;
  EXPECT_EQ(servicer.service_name(), "Unpackaged");
  EXPECT_EQ(servicer.methods().front().method.path, "/Unpackaged/Get");
}

TEST(GeneratedServicer, KeepsTheNamesOfTheWireWhereCppHasOthers) {
  class_::Servicer keywords;
  std::vector<std::string> paths;
  for (const auto& handler : keywords.methods()) paths.emplace_back(handler.method.path);
  EXPECT_THAT(paths, ElementsAre("/testdata.plinth.awkward.class/delete", "/testdata.plinth.awkward.class/delete_",
                                 "/testdata.plinth.awkward.class/and", "/testdata.plinth.awkward.class/linux"));

  Names servicer;
  FakeServerStream stream;
  stream.receive(testdata::plinth::awkward::Status());
  EXPECT_EQ(serve(servicer, "methods", stream), Status());
  EXPECT_EQ(stream.last.size(), 1u);
}

TEST(GeneratedServicer, BringsTheDescriptionOfAFileWithoutMessages) {
  testdata::imports::Library::Servicer servicer;
  std::string name(servicer.service_name());
  EXPECT_TRUE(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name));
}

}  // namespace

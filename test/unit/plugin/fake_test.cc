#include "awkward_names.plinth.fake.h"

#include <gmock/gmock.h>

#include "comments.plinth.fake.h"
#include "fake_calls.h"
#include "four_kinds.plinth.fake.h"
#include "imports.plinth.fake.h"
#include "legacy.plinth.fake.h"
#include "lite.plinth.fake.h"
#include "neighbours.plinth.fake.h"
#include "no_package.plinth.fake.h"
#include "no_services.plinth.fake.h"

namespace {

using namespace plinth;
using testdata::kinds::Kinds;
using testdata::kinds::Request;
using testdata::kinds::Response;
using ::testing::ElementsAre;

Response response(std::string text) {
  Response message;
  message.set_text(std::move(text));
  return message;
}

template <class Message>
Task<Result<Message>> one(Message message) {
  co_return message;
}

Task<std::string> first_of(Generator<Response> responses) {
  auto first = co_await responses.next();
  co_return first ? first->text() : "none";
}

TEST(GeneratedFake, CallsItsFunctions) {
  Kinds::Fake fake;
  fake.on_Unary = [](ServerContext&, const Request&) -> Task<Result<Response>> { co_return response("unary"); };
  fake.on_ServerStreaming = [](ServerContext&, const Request&) -> Generator<Response> { co_yield response("stream"); };
  fake.on_ClientStreaming = [](ServerContext&, Reader<Request>&) -> Task<Result<Response>> {
    co_return response("client stream");
  };
  fake.on_Bidirectional = [](ServerContext&, Reader<Request>&) -> Generator<Response> { co_yield response("both"); };
  FakeServerContext context;
  FakeServerStream stream;
  Reader<Request> requests(stream);
  EXPECT_EQ(run(fake.Unary(context, Request()))->text(), "unary");
  EXPECT_EQ(run(first_of(fake.ServerStreaming(context, Request()))), "stream");
  EXPECT_EQ(run(fake.ClientStreaming(context, requests))->text(), "client stream");
  EXPECT_EQ(run(first_of(fake.Bidirectional(context, requests))), "both");
}

TEST(GeneratedFake, SendsWhatItsGeneratorGivesWhenServedWithAWriter) {
  Kinds::Fake fake;
  fake.on_Bidirectional = [](ServerContext&, Reader<Request>&) -> Generator<Response> { co_yield response("both"); };
  FakeServerContext context;
  FakeServerStream stream;
  Reader<Request> requests(stream);
  Writer<Response> responses(stream);
  EXPECT_EQ(run(fake.Bidirectional(context, requests, responses)), Status());
  EXPECT_EQ(stream.sent.size(), 1u);
}

TEST(GeneratedFake, IsUnimplementedWhereAFunctionIsMissing) {
  Kinds::Fake fake;
  FakeServerContext context;
  EXPECT_EQ(run(fake.Unary(context, Request())).error().code(), StatusCode::kUnimplemented);
}

TEST(GeneratedFake, CallsItsFunctionsWhateverTheMethodsAreCalled) {
  using testdata::plinth::awkward::Others;
  using Message = testdata::plinth::awkward::Servicer;
  Others::Fake fake;
  std::vector<std::string> called;
  auto note = [&](std::string name) {
    return [&called, name](ServerContext&, const Message&) {
      called.push_back(name);
      return one(Message());
    };
  };
  fake.on_Get = note("Get");
  fake.on_on_Get = note("on_Get");
  fake.on_delete = note("delete");
  fake.on_on_delete_ = note("on_delete_");
  FakeServerContext context;
  Message request;
  (void)run(fake.Get(context, request));
  (void)run(fake.on_Get_(context, request));
  (void)run(fake.delete_(context, request));
  (void)run(fake.on_delete_(context, request));
  EXPECT_THAT(called, ElementsAre("Get", "on_Get", "delete", "on_delete_"));
}

}  // namespace

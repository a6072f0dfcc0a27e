#include <gmock/gmock.h>

#include <chrono>

#include "awkward_names.pb.h"
#include "awkward_names.plinth.h"
#include "fake_calls.h"
#include "four_kinds.pb.h"
#include "four_kinds.plinth.h"
#include "lite.pb.h"
#include "lite.plinth.h"

namespace {

using namespace plinth;
using namespace std::chrono_literals;
using testdata::kinds::Kinds;
using testdata::kinds::Request;
using testdata::kinds::Response;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GeneratedStub : public ::testing::Test {
 protected:
  GeneratedStub() {
    request_.set_text("asked");
    response_.set_text("answered");
  }

  std::shared_ptr<FakeChannel> channel_ = std::make_shared<FakeChannel>();
  FakeClientCall& call_ = channel_->call;
  Kinds::Stub stub_{channel_};
  Request request_;
  Response response_;
};

TEST_F(GeneratedStub, MakesAUnaryCall) {
  call_.receive(response_);
  auto task = stub_.Unary(request_);
  EXPECT_EQ(channel_->method.path, "/testdata.kinds.Kinds/Unary");
  EXPECT_EQ(channel_->method.kind, CallKind::kUnary);
  EXPECT_THAT(call_.sent, ElementsAre(request_.SerializeAsString()));
  EXPECT_TRUE(call_.half_closed);
  auto result = run(std::move(task));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text(), "answered");
}

Task<std::string> ask(Kinds::Stub& stub, const Request& request) {
  auto result = co_await stub.Unary(request);
  co_return result ? result->text() : result.error().to_string();
}

TEST_F(GeneratedStub, MayBeAwaitedInOneExpression) {
  call_.receive(response_);
  EXPECT_EQ(run(ask(stub_, request_)), "answered");
}

TEST_F(GeneratedStub, GivesTheStatusOfAFailedCall) {
  call_.end_status = not_found("no such thing");
  EXPECT_EQ(run(ask(stub_, request_)), "NOT_FOUND: no such thing");
}

TEST_F(GeneratedStub, HandsTheOptionsOn) {
  CallOptions options;
  options.timeout = 3s;
  options.metadata.add("key", "value");
  auto task = stub_.Unary(request_, options);
  EXPECT_EQ(channel_->options.timeout, 3s);
  EXPECT_EQ(channel_->options.metadata.get("key"), "value");
}

Task<std::vector<std::string>> read_all(ClientReader<Response>& responses) {
  std::vector<std::string> texts;
  while (auto response = co_await responses.next()) texts.push_back(response->text());
  co_return texts;
}

Task<Status> finish(ClientReader<Response>& responses) { co_return co_await responses.finish(); }

TEST_F(GeneratedStub, ReadsAStreamOfResponses) {
  call_.receive(response_);
  call_.receive(response_);
  auto responses = stub_.ServerStreaming(request_);
  EXPECT_EQ(channel_->method.path, "/testdata.kinds.Kinds/ServerStreaming");
  EXPECT_EQ(channel_->method.kind, CallKind::kServerStreaming);
  EXPECT_THAT(call_.sent, ElementsAre(request_.SerializeAsString()));
  EXPECT_TRUE(call_.half_closed);
  EXPECT_THAT(run(read_all(responses)), ElementsAre("answered", "answered"));
  EXPECT_EQ(run(finish(responses)), Status());
}

Task<Result<Response>> write_twice(ClientWriter<Request, Response>& requests, const Request& request) {
  for (int i = 0; i < 2; ++i) {
    if (!co_await requests.write(request)) co_return unknown("the call ended early");
  }
  auto response = requests.finish();
  co_return co_await std::move(response);
}

TEST_F(GeneratedStub, WritesAStreamOfRequests) {
  call_.receive(response_);
  auto requests = stub_.ClientStreaming();
  EXPECT_EQ(channel_->method.path, "/testdata.kinds.Kinds/ClientStreaming");
  EXPECT_EQ(channel_->method.kind, CallKind::kClientStreaming);
  EXPECT_FALSE(call_.half_closed);
  auto result = run(write_twice(requests, request_));
  EXPECT_EQ(call_.sent.size(), 2u);
  EXPECT_TRUE(call_.half_closed);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text(), "answered");
}

Task<std::string> exchange_one(ClientStream<Request, Response>& stream, const Request& request) {
  if (!co_await stream.write(request)) co_return "ended";
  auto response = co_await stream.next();
  co_return response ? response->text() : "nothing";
}

TEST_F(GeneratedStub, ReadsAndWritesABidirectionalCall) {
  call_.receive(response_);
  auto stream = stub_.Bidirectional();
  EXPECT_EQ(channel_->method.path, "/testdata.kinds.Kinds/Bidirectional");
  EXPECT_EQ(channel_->method.kind, CallKind::kBidirectional);
  EXPECT_EQ(run(exchange_one(stream, request_)), "answered");
  EXPECT_THAT(call_.sent, ElementsAre(request_.SerializeAsString()));
  EXPECT_FALSE(call_.half_closed);
  stream.half_close();
  EXPECT_TRUE(call_.half_closed);
}

TEST_F(GeneratedStub, KeepsTheNamesOfTheWireWhereCppHasOthers) {
  testdata::plinth::awkward::class_::Stub stub(channel_);
  auto task = stub.delete__(testdata::plinth::awkward::struct_());
  EXPECT_EQ(channel_->method.path, "/testdata.plinth.awkward.class/delete");
}

TEST_F(GeneratedStub, TakesLiteMessages) {
  testdata::lite::Lite::Stub stub(channel_);
  testdata::lite::Light light;
  call_.receive(light);
  EXPECT_TRUE(run(stub.Get(light)));
}

}  // namespace

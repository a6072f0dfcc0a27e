// Calls of the four kinds as they ought to be, frame by frame.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_client.h"

namespace plinth::server {
namespace {

using test::kBidirectional;
using test::kClientStreaming;
using test::kServerStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;

class CallKinds : public testing::Test {
 protected:
  CallKinds() {
    auto& servicer = *server_.servicer;
    servicer.unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
      co_return test::text("hello " + request.value());
    };
    servicer.server_streaming = [](ServerContext&, const Text& request) -> Generator<Text> {
      for (const char letter : request.value()) co_yield test::text(std::string(1, letter));
    };
    servicer.client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      std::string all;
      while (auto request = co_await requests.next()) all += request->value();
      co_return test::text(all);
    };
    servicer.bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  TestServer server_;
  TestClient client_{server_};
};

TEST_F(CallKinds, UnaryIsAnsweredWithThreeFrames) {
  client_.frames();
  const auto answer = client_.call(kUnary, "you");
  EXPECT_THAT(answer.texts, ElementsAre("hello you"));
  EXPECT_EQ(answer.status(), "OK");
  EXPECT_THAT(client_.frames(), ElementsAre("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 16",
                                            "HEADERS 1 END_STREAM grpc-status=0"));
}

TEST_F(CallKinds, UnaryIsTheSameHoweverItsBytesAreSplit) {
  const auto bytes =
      test::headers(1, test::grpc_fields(kUnary)) + test::data(1, TestClient::framed("you"), test::kEndStream);
  for (std::size_t step = 1; step < bytes.size(); ++step) {
    TestClient client(server_);
    for (std::size_t at = 0; at < bytes.size(); at += step) client.send(bytes.substr(at, step));
    ASSERT_EQ(client.answer(1).status(), "OK") << "in parts of " << step << " bytes";
    ASSERT_THAT(client.answer(1).texts, ElementsAre("hello you")) << "in parts of " << step << " bytes";
  }
}

TEST_F(CallKinds, UnaryTakesItsMessageInFramesOfOneByte) {
  const auto id = client_.open(kUnary);
  for (const char byte : TestClient::framed("you")) client_.send(test::data(id, std::string(1, byte)));
  EXPECT_FALSE(client_.answer(id).ended) << "until the client has ended";
  client_.end(id);
  EXPECT_THAT(client_.answer(id).texts, ElementsAre("hello you"));
}

TEST_F(CallKinds, ServerStreamingSendsEachMessage) {
  client_.frames();
  const auto answer = client_.call(kServerStreaming, "abc");
  EXPECT_THAT(answer.texts, ElementsAre("a", "b", "c"));
  EXPECT_THAT(client_.frames(), ElementsAre("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 24",
                                            "HEADERS 1 END_STREAM grpc-status=0"));
}

TEST_F(CallKinds, ServerStreamingWithoutAMessageIsTrailersOnly) {
  const auto answer = client_.call(kServerStreaming, "");
  EXPECT_TRUE(answer.is_trailers_only());
  EXPECT_EQ(answer.status(), "OK");
}

TEST_F(CallKinds, ClientStreamingAnswersAfterTheLast) {
  const auto id = client_.open(kClientStreaming);
  for (const char* part : {"a", "b", "c"}) client_.message(id, part);
  EXPECT_FALSE(client_.answer(id).ended);
  client_.end(id);
  EXPECT_THAT(client_.answer(id).texts, ElementsAre("abc"));
  EXPECT_EQ(client_.answer(id).status(), "OK");
}

TEST_F(CallKinds, ClientStreamingMayHaveNoMessage) {
  const auto id = client_.open(kClientStreaming, {}, test::kEndStream);
  EXPECT_THAT(client_.answer(id).texts, ElementsAre(""));
}

TEST_F(CallKinds, ClientStreamingMayAnswerBeforeTheLast) {
  server_.servicer->client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
    auto first = co_await requests.next();
    co_return test::text("enough of " + first->value());
  };
  const auto id = client_.open(kClientStreaming);
  client_.frames();
  client_.message(id, "this");
  EXPECT_THAT(client_.answer(id).texts, ElementsAre("enough of this"));
  EXPECT_EQ(client_.frames().back(), "RST_STREAM 1 NO_ERROR") << "the client is told to stop";
  client_.message(id, "more");
  EXPECT_EQ(client_.call(kUnary, "you").status(), "OK") << "what it sends before it knows does no harm";
}

TEST_F(CallKinds, BidirectionalAnswersEachMessageAtOnce) {
  const auto id = client_.open(kBidirectional);
  for (const char* word : {"one", "two"}) {
    client_.message(id, word);
    EXPECT_EQ(client_.answer(id).texts.back(), word);
  }
  client_.end(id);
  EXPECT_EQ(client_.answer(id).status(), "OK");
  EXPECT_THAT(client_.answer(id).texts, ElementsAre("one", "two"));
}

TEST_F(CallKinds, RunSideBySide) {
  const auto bidirectional = client_.open(kBidirectional);
  const auto streaming = client_.open(kClientStreaming);
  client_.message(streaming, "a");
  client_.message(bidirectional, "x");
  EXPECT_EQ(client_.call(kUnary, "you").status(), "OK");
  client_.message(streaming, "b", test::kEndStream);
  client_.message(bidirectional, "y", test::kEndStream);
  EXPECT_THAT(client_.answer(streaming).texts, ElementsAre("ab"));
  EXPECT_THAT(client_.answer(bidirectional).texts, ElementsAre("x", "y"));
}

TEST_F(CallKinds, RunByTheThousandOnOneConnection) {
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 1500; ++i) ids.push_back(client_.open(kClientStreaming));
  EXPECT_EQ(client_.wire().connection().calls(), 1500u);
  for (const auto id : ids) client_.message(id, std::to_string(id), test::kEndStream);
  for (const auto id : ids) ASSERT_THAT(client_.answer(id).texts, ElementsAre(std::to_string(id)));
  EXPECT_EQ(client_.wire().connection().calls(), 0u);
}

TEST_F(CallKinds, LogNothingWhenAllIsWell) {
  client_.call(kUnary, "you");
  EXPECT_THAT(server_.log->take(), IsEmpty());
}

}  // namespace
}  // namespace plinth::server

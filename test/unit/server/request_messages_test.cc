// Requests whose messages are too many, too few, too large or no messages.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_client.h"
#include "wire/compression.h"

namespace plinth::server {
namespace {

using test::Answer;
using test::kBidirectional;
using test::kClientStreaming;
using test::kServerStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;
using testing::StartsWith;

class RequestMessages : public testing::Test {
 protected:
  RequestMessages() {
    auto& servicer = *server_.servicer;
    servicer.unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
    servicer.server_streaming = [](ServerContext&, const Text& request) -> Generator<Text> { co_yield Text(request); };
    servicer.client_streaming = [this](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      while (auto request = co_await requests.next()) ++read_;
      co_return test::text("all");
    };
    servicer.bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
    server_.settings().max_message_size = 100'000;
  }

  Answer answer_to(std::string_view path, const std::string& body, const test::Fields& more = {}) {
    const auto id = client_.open(path, more);
    client_.send(test::data(id, body, test::kEndStream));
    return client_.answer(id);
  }

  std::string gzipped(const std::string& value) {
    const auto plain = test::text(value).SerializeAsString();
    return std::string(wire::compress(wire::Encoding::kGzip, base::as_bytes(plain)).text());
  }

  TestServer server_;
  TestClient client_{server_};
  int read_ = 0;
};

TEST_F(RequestMessages, ThatAreTwoWhereOneIsDue) {
  const auto two = TestClient::framed("one") + TestClient::framed("two");
  EXPECT_EQ(answer_to(kUnary, two).status(), "UNIMPLEMENTED: /test.Text/Unary takes one request, and more came");
  EXPECT_THAT(answer_to(kServerStreaming, two).status(), StartsWith("UNIMPLEMENTED"));
}

TEST_F(RequestMessages, ThatAreTwoAreRefusedAtTheFirstByteOfTheSecond) {
  const auto id = client_.open(kUnary);
  client_.send(test::data(id, TestClient::framed("one") + '\0'));
  EXPECT_EQ(client_.answer(id).status(), "UNIMPLEMENTED: /test.Text/Unary takes one request, and more came");
}

TEST_F(RequestMessages, ThatAreNoneWhereOneIsDue) {
  EXPECT_EQ(answer_to(kUnary, "").status(),
            "UNIMPLEMENTED: /test.Text/Unary takes one request, and the stream ended without one");
  EXPECT_THAT(answer_to(kServerStreaming, "").status(), StartsWith("UNIMPLEMENTED"));
  const auto id = client_.open(kUnary, {}, test::kEndStream);
  EXPECT_THAT(client_.answer(id).status(), StartsWith("UNIMPLEMENTED")) << "HEADERS may end the stream as well";
}

TEST_F(RequestMessages, ThatAreCut) {
  const auto whole = TestClient::framed("one");
  for (const auto path : {kUnary, kServerStreaming, kClientStreaming, kBidirectional}) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      ASSERT_EQ(answer_to(path, whole.substr(0, size)).status(),
                "INTERNAL: the stream ended in the middle of a message")
          << path << " after " << size << " bytes";
    }
  }
}

TEST_F(RequestMessages, ThatAreCutAfterAWholeOne) {
  const auto answer = answer_to(kClientStreaming, TestClient::framed("one") + std::string(3, '\0'));
  EXPECT_THAT(answer.status(), StartsWith("INTERNAL"));
}

TEST_F(RequestMessages, WithUnknownFlags) {
  const auto body = test::grpc_frame(test::text("x").SerializeAsString(), 2);
  EXPECT_EQ(answer_to(kUnary, body).status(), "INTERNAL: the flags byte of a message is 2, and must be 0 or 1");
  EXPECT_THAT(answer_to(kBidirectional, body).status(), StartsWith("INTERNAL"));
}

TEST_F(RequestMessages, ThatAreNoMessages) {
  EXPECT_THAT(answer_to(kUnary, test::grpc_frame("\xff\xff\xff")).status(),
              StartsWith("INTERNAL: the message that came is no valid google.protobuf.StringValue"));
}

TEST_F(RequestMessages, ThatAreCompressed) {
  const auto answer = answer_to(kUnary, test::grpc_frame(gzipped("small"), 1), {{"grpc-encoding", "gzip"}});
  EXPECT_THAT(answer.texts, testing::ElementsAre("small"));
}

TEST_F(RequestMessages, ThatAreCompressedThoughNoEncodingWasNamed) {
  EXPECT_THAT(answer_to(kUnary, test::grpc_frame(gzipped("x"), 1)).status(), StartsWith("INTERNAL"));
}

TEST_F(RequestMessages, ThatAreNoGzip) {
  EXPECT_THAT(answer_to(kUnary, test::grpc_frame("garbage", 1), {{"grpc-encoding", "gzip"}}).status(),
              StartsWith("INTERNAL"));
}

TEST_F(RequestMessages, ThatAreBombs) {
  const auto bomb = gzipped(std::string(10'000'000, 'x'));
  ASSERT_LT(bomb.size(), 16'000u);
  EXPECT_THAT(answer_to(kUnary, test::grpc_frame(bomb, 1), {{"grpc-encoding", "gzip"}}).status(),
              StartsWith("RESOURCE_EXHAUSTED"));
}

TEST_F(RequestMessages, AboveTheLimitAreRefusedByTheirPrefix) {
  const auto bystander = client_.open(kBidirectional);
  for (const auto path : {kUnary, kClientStreaming, kBidirectional}) {
    const auto id = client_.open(path);
    client_.send(test::data(id, std::string(1, '\0') + test::number(100'001, 4)));
    ASSERT_EQ(client_.answer(id).status(),
              "RESOURCE_EXHAUSTED: message of 100001 bytes is larger than the limit of 100000 bytes; send less, or "
              "raise the limit");
    ASSERT_EQ(client_.answer(id).reset, "NO_ERROR");
  }
  client_.message(bystander, "still here");
  EXPECT_THAT(client_.answer(bystander).texts, testing::ElementsAre("still here"));
}

TEST_F(RequestMessages, AsLargeAsTheLimitPass) {
  const auto id = client_.open(kUnary);
  const auto value = std::string(100'000 - 4, 'x');
  const auto body = TestClient::framed(value);
  ASSERT_EQ(body.size(), 100'005u);
  for (std::size_t at = 0; at < body.size(); at += 16'000) client_.send(test::data(id, body.substr(at, 16'000)));
  client_.end(id);
  EXPECT_EQ(client_.answer(id).status(), "OK");
  EXPECT_THAT(client_.answer(id).texts, testing::ElementsAre(value));
}

TEST_F(RequestMessages, BeforeAWrongOneAreRead) {
  const auto id = client_.open(kClientStreaming);
  client_.message(id, "one");
  client_.message(id, "two");
  client_.send(test::data(id, test::grpc_frame("x", 7)));
  EXPECT_EQ(read_, 2);
  EXPECT_THAT(client_.answer(id).status(), StartsWith("INTERNAL"));
}

}  // namespace
}  // namespace plinth::server

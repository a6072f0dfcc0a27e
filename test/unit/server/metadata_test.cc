// Metadata of calls, in both directions, and compression, which is negotiated through it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_client.h"

namespace plinth::server {
namespace {

using test::Answer;
using test::Fields;
using test::kBidirectional;
using test::kServerStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;
using testing::ElementsAre;

class MetadataTest : public testing::Test {
 protected:
  void handle(std::function<void(ServerContext&)> action) {
    server_.servicer->unary = [action](ServerContext& context, const Text& request) -> Task<Result<Text>> {
      action(context);
      co_return request;
    };
  }

  TestServer server_;
  TestClient client_{server_};
};

TEST_F(MetadataTest, OfTheRequestReachesTheHandler) {
  Fields seen;
  std::string path, authority, peer;
  handle([&](ServerContext& context) {
    for (const auto& [key, value] : context.request_metadata()) seen.emplace_back(key, value);
    path = context.method().path;
    authority = context.authority();
    peer = context.peer().address;
  });
  client_.call(kUnary, "x", {{"key", "one"}, {"key", "two"}, {"raw-bin", "AAEC"}, {"user-agent", "test/1"}});
  EXPECT_EQ(seen,
            (Fields{{"key", "one"}, {"key", "two"}, {"raw-bin", std::string("\0\1\2", 3)}, {"user-agent", "test/1"}}));
  EXPECT_EQ(path, kUnary);
  EXPECT_EQ(authority, "test");
  EXPECT_EQ(peer, "inproc:test");
}

TEST_F(MetadataTest, OfOneCallIsNotSeenByTheNext) {
  std::vector<std::size_t> sizes;
  handle([&](ServerContext& context) {
    sizes.push_back(context.request_metadata().size() + context.initial_metadata().size() +
                    context.trailing_metadata().size());
    context.initial_metadata().add("a", "1");
    context.trailing_metadata().add("b", "2");
  });
  client_.call(kUnary, "x", {{"key", "one"}});
  client_.call(kUnary, "x");
  EXPECT_THAT(sizes, ElementsAre(1u, 0u));
}

TEST_F(MetadataTest, OfTheResponseStandsBeforeAndBehindTheMessage) {
  handle([](ServerContext& context) {
    context.initial_metadata().add("first", "1");
    context.trailing_metadata().add("last", "2");
    context.trailing_metadata().add("raw-bin", std::string("\0\1\2", 3));
  });
  const auto answer = client_.call(kUnary, "x");
  EXPECT_EQ(Answer::field(answer.head, "first"), "1");
  EXPECT_EQ(answer.trailers, (Fields{{"grpc-status", "0"}, {"last", "2"}, {"raw-bin", "AAEC"}}));
}

TEST_F(MetadataTest, OfAnErrorIsSentToo) {
  handle([](ServerContext& context) {
    context.initial_metadata().add("first", "1");
    context.trailing_metadata().add("last", "2");
    context.abort(StatusCode::kAborted, "no");
  });
  const auto answer = client_.call(kUnary, "x");
  EXPECT_EQ(Answer::field(answer.head, "first"), "1");
  EXPECT_EQ(Answer::field(answer.trailers, "last"), "2");
  EXPECT_EQ(answer.status(), "ABORTED: no");
}

TEST_F(MetadataTest, OfAnErrorWithoutInitialOnesIsOneBlock) {
  handle([](ServerContext& context) {
    context.trailing_metadata().add("last", "2");
    context.abort(StatusCode::kAborted, "no");
  });
  const auto answer = client_.call(kUnary, "x");
  EXPECT_TRUE(answer.is_trailers_only());
  EXPECT_EQ(Answer::field(answer.trailers, "last"), "2");
}

TEST_F(MetadataTest, MayBeSentBeforeTheFirstMessage) {
  server_.servicer->bidirectional = [](ServerContext& context, Reader<Text>& requests, Writer<Text>&) -> Task<Status> {
    context.initial_metadata().add("early", "yes");
    context.send_initial_metadata();
    context.initial_metadata().add("late", "yes");
    context.send_initial_metadata();
    co_await requests.next();
    co_return Status();
  };
  const auto id = client_.open(kBidirectional);
  EXPECT_EQ(client_.answer(id).head,
            (Fields{{":status", "200"}, {"content-type", "application/grpc"}, {"early", "yes"}}));
  client_.end(id);
  EXPECT_EQ(client_.answer(id).trailers, (Fields{{"grpc-status", "0"}}));
}

TEST_F(MetadataTest, ThatIsFarTooLargeEndsTheStream) {
  handle([](ServerContext& context) { context.trailing_metadata().add("large", std::string(100'000, 'x')); });
  const auto answer = client_.call(kUnary, "x");
  EXPECT_TRUE(answer.ended || !answer.reset.empty()) << "anything but silence";
  EXPECT_EQ(client_.wire().connection().calls(), 0u);
}

class CompressionTest : public MetadataTest {
 protected:
  static const Fields kAccepts;
  static std::string encoding(const Answer& answer) { return Answer::field(answer.head, "grpc-encoding"); }
};
const Fields CompressionTest::kAccepts = {{"grpc-accept-encoding", "identity, deflate, gzip"}};

TEST_F(CompressionTest, IsOffWithoutAWish) {
  handle([](ServerContext&) {});
  EXPECT_EQ(encoding(client_.call(kUnary, "x", kAccepts)), "");
}

TEST_F(CompressionTest, IsSwitchedOnByTheHandler) {
  handle([](ServerContext& context) { context.set_compression(true); });
  client_.frames();
  const auto answer = client_.call(kUnary, std::string(10'000, 'x'), kAccepts);
  EXPECT_EQ(encoding(answer), "gzip");
  EXPECT_THAT(answer.texts, ElementsAre(std::string(10'000, 'x')));
  EXPECT_LT(std::stoul(client_.frames().at(1).substr(7)), 200u) << "bytes in DATA";
}

TEST_F(CompressionTest, IsNotForClientsThatCannotReadIt) {
  handle([](ServerContext& context) { context.set_compression(true); });
  const auto answer = client_.call(kUnary, "x", {{"grpc-accept-encoding", "identity"}});
  EXPECT_EQ(encoding(answer), "");
  EXPECT_THAT(answer.texts, ElementsAre("x"));
}

TEST_F(CompressionTest, IsOnForClientsThatCompress) {
  handle([](ServerContext&) {});
  EXPECT_EQ(encoding(client_.call(kUnary, "x", {{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "gzip"}})), "gzip");
}

TEST_F(CompressionTest, MayBeSwitchedOffForAMessage) {
  server_.servicer->server_streaming = [](ServerContext& context, const Text&) -> Generator<Text> {
    context.set_compression(true);
    co_yield test::text("packed");
    context.set_compression(false);
    co_yield test::text("plain");
    context.set_compression(true);
    co_yield test::text("packed");
  };
  const auto answer = client_.call(kServerStreaming, "x", kAccepts);
  EXPECT_EQ(encoding(answer), "gzip");
  EXPECT_THAT(answer.texts, ElementsAre("packed", "plain", "packed"));
}

TEST_F(CompressionTest, CannotBeginBehindTheHead) {
  server_.servicer->server_streaming = [](ServerContext& context, const Text&) -> Generator<Text> {
    co_yield test::text("plain");
    context.set_compression(true);
    co_yield test::text("plain too");
  };
  const auto answer = client_.call(kServerStreaming, "x", kAccepts);
  EXPECT_EQ(encoding(answer), "");
  EXPECT_THAT(answer.texts, ElementsAre("plain", "plain too"));
}

}  // namespace
}  // namespace plinth::server

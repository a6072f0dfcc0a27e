// What bounds the work and the memory that clients can cause.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plinth/async.h"
#include "support/gate.h"
#include "support/live_bytes.h"
#include "support/test_client.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::kClientStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;
using testing::StartsWith;

constexpr std::size_t kMiB = 1024 * 1024;

class ConcurrencyLimit : public testing::Test {
 protected:
  ConcurrencyLimit() {
    server_.settings().max_concurrent_rpcs = 2;
    server_.servicer->unary = [this](ServerContext&, const Text& request) -> Task<Result<Text>> {
      ++started_;
      co_return request;
    };
    server_.servicer->client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      while (auto request = co_await requests.next()) continue;
      co_return Text();
    };
  }

  int started_ = 0;
  TestServer server_;
  TestClient client_{server_};
};

TEST_F(ConcurrencyLimit, RefusesMoreAtOnce) {
  client_.open(kClientStreaming);
  const auto second = client_.open(kClientStreaming);
  const auto id = client_.open(kUnary);
  EXPECT_EQ(client_.answer(id).status(), "RESOURCE_EXHAUSTED: the server runs 2 calls, which is its limit");
  client_.end(second);
  EXPECT_EQ(client_.call(kUnary, "x").status(), "OK") << "one has ended";
  EXPECT_EQ(started_, 1);
}

TEST_F(ConcurrencyLimit, IsOfAllConnections) {
  TestClient other(server_);
  client_.open(kClientStreaming);
  other.open(kClientStreaming);
  EXPECT_THAT(client_.call(kUnary, "x").status(), StartsWith("RESOURCE_EXHAUSTED"));
  other.wire().close();
  EXPECT_EQ(client_.call(kUnary, "x").status(), "OK");
}

/// How many calls are counted while each call runs.
class CountReader final : public Interceptor {
 public:
  explicit CountReader(const std::atomic<std::size_t>& count) : count_(count) {}
  std::string_view name() const noexcept override { return "CountReader"; }
  Task<Status> intercept(CallContext&, Next next) override {
    seen.push_back(count_);
    return next();
  }
  std::vector<std::size_t> seen;

 private:
  const std::atomic<std::size_t>& count_;
};

TEST_F(ConcurrencyLimit, IsNotUsedUpByCallsThatItRefuses) {
  const auto counts = std::make_shared<CountReader>(server_.shared.limited_calls);
  server_.shared.interceptors.push_back(counts);
  for (int i = 0; i < 4; ++i) client_.open(kClientStreaming);
  EXPECT_THAT(counts->seen, testing::ElementsAre(1u, 2u, 2u, 2u));
}

TEST_F(ConcurrencyLimit, CountsACallUntilItsHandlerHasEnded) {
  const auto id = client_.open(kClientStreaming);
  EXPECT_EQ(server_.shared.limited_calls, 1u);
  client_.reset(id);
  EXPECT_EQ(server_.shared.limited_calls, 0u);
}

/// A client that asks and asks, and reads nothing.
class UnreadResponses : public testing::Test {
 protected:
  UnreadResponses() {
    server_.shared.limits.unsent_responses = kMiB;
    server_.servicer->unary = [this](ServerContext&, const Text& request) -> Task<Result<Text>> {
      ++started_;
      co_return test::text(std::string(10'000, request.value().at(0)));
    };
  }

  void ask(TestClient& client, int count) {
    for (int i = 0; i < count; ++i) client.message(ids_.emplace_back(client.open(kUnary)), "x", test::kEndStream);
  }

  int started_ = 0;
  std::vector<std::uint32_t> ids_;
  TestServer server_;
};

TEST_F(UnreadResponses, AreReasonToRefuseMoreCalls) {
  TestClient client(server_, 0);
  ask(client, 1000);
  EXPECT_EQ(started_, 105) << "1 MiB of responses, of 10,008 bytes each";
  EXPECT_EQ(client.wire().connection().calls(), 105u);
  EXPECT_EQ(client.answer(ids_.back()).status(),
            "RESOURCE_EXHAUSTED: the client has 1050840 bytes of earlier answers to read first");
}

TEST_F(UnreadResponses, OnceReadAreNoReasonAnyMore) {
  TestClient client(server_, 0);
  ask(client, 106);
  client.send(test::window_update(ids_.front(), 20'000));
  EXPECT_EQ(client.answer(ids_.front()).status(), "OK");
  ask(client, 1);
  EXPECT_EQ(started_, 106);
}

TEST_F(UnreadResponses, OfStreamsThatAreResetCountNoMore) {
  TestClient client(server_, 0);
  ask(client, 200);
  for (int i = 0; i < 50; ++i) client.reset(ids_.at(static_cast<std::size_t>(i)));
  ask(client, 50);
  EXPECT_EQ(started_, 155);
}

TEST_F(UnreadResponses, OfAClosedConnectionAreLetGo) {
  const auto before = test::live_bytes.load();
  {
    TestClient client(server_, 0);
    ask(client, 1000);
  }
  EXPECT_EQ(started_, 105);
  EXPECT_LT(test::live_bytes - before, kMiB / 2) << "calls and streams are kept for reuse, their contents not";
}

TEST_F(UnreadResponses, OnAFullNetworkAreBoundedToo) {
  TestClient client(server_);
  client.wire().stop_reading();
  ask(client, 1000);
  EXPECT_LT(started_, 105 + 50) << "what is on its way does not count";
  client.wire().read_on();
  EXPECT_EQ(client.wire().connection().calls(), 0u);
}

class UnreadRequests : public testing::Test {
 protected:
  UnreadRequests() {
    server_.shared.limits.unread_requests = kMiB;
    server_.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
  }
  /// Half of a message on a stream of its own.
  std::uint32_t half(std::size_t size) {
    const auto id = client_.open(kUnary);
    std::string body = std::string(1, '\0') + test::number(2 * size, 4) + std::string(size, 'x');
    for (std::size_t at = 0; at < body.size(); at += 16'000) client_.send(test::data(id, body.substr(at, 16'000)));
    return id;
  }

  TestServer server_;
  TestClient client_{server_};
};

TEST_F(UnreadRequests, AreBoundedForAConnection) {
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(half(100'000));
  EXPECT_EQ(client_.answer(ids.at(9)).status(), "none");
  EXPECT_THAT(client_.answer(ids.at(10)).status(),
              StartsWith("RESOURCE_EXHAUSTED: the calls of this connection have 10"));
  EXPECT_LE(client_.wire().connection().unread(), kMiB);
}

TEST_F(UnreadRequests, CountWithWhatItCostsToKeepThem) {
  test::Gate gate;
  server_.servicer->client_streaming = [&](ServerContext&, Reader<Text>&) -> Task<Result<Text>> {
    co_await gate.wait();
    co_return Text();
  };
  const auto id = client_.open(kClientStreaming);
  std::string empty_messages;
  for (int i = 0; i < 3000; ++i) empty_messages += std::string(5, '\0');
  for (int i = 0; i < 3; ++i) client_.send(test::data(id, empty_messages));
  server_.turn([&] { gate.open(server_.loop.worker()); });
  EXPECT_THAT(client_.answer(id).status(), StartsWith("RESOURCE_EXHAUSTED")) << "9000 messages in 45 KB";
}

/// Resets make room for streams, but not for calls while handlers run.
TEST(RunningCalls, AreNoMoreThanStreamsMayBe) {
  TestServer server;
  server.shared.session.max_concurrent_streams = 1;
  test::Gate gate;
  int started = 0;
  server.servicer->unary = [&](ServerContext&, const Text& request) -> Task<Result<Text>> {
    if (started++ == 0) co_await gate.wait();
    co_return request;
  };
  TestClient client(server);
  const auto id = client.open(kUnary);
  client.message(id, "x", test::kEndStream);
  client.reset(id);
  EXPECT_EQ(client.call(kUnary, "x").status(), "reset REFUSED_STREAM");
  server.turn([&] { gate.open(server.loop.worker()); });
  EXPECT_EQ(client.call(kUnary, "x").status(), "OK");
  EXPECT_EQ(started, 2);
}

TEST_F(UnreadRequests, CountUntilTheyAreRead) {
  for (int i = 0; i < 300; ++i) ASSERT_EQ(client_.call(kUnary, std::string(10'000, 'x')).status(), "OK");
  EXPECT_EQ(client_.wire().connection().unread(), 0u);
  for (int i = 0; i < 30; ++i) client_.reset(half(100'000));
  EXPECT_EQ(client_.wire().connection().unread(), 0u);
}

TEST_F(UnreadRequests, AreNotKeptByCallsForReuse) {
  const auto before = test::live_bytes.load();
  std::vector<std::uint32_t> ids;
  server_.shared.limits.unread_requests = 100 * kMiB;
  for (int i = 0; i < 100; ++i) ids.push_back(half(100'000));
  ASSERT_GT(test::live_bytes - before, 10 * kMiB);
  for (const auto id : ids) client_.reset(id);
  EXPECT_LT(test::live_bytes - before, 4 * kMiB);
}

TEST(UnsentFrames, StopTheReading) {
  TestServer server;
  server.shared.limits.unsent_frames = 100;
  TestClient client(server);
  client.wire().stop_reading();
  for (std::uint32_t id = 1; id < 20'000 && client.wire().all_taken(); id += 2) {
    client.send(test::headers(id, {{":method", "GET"}}, test::kEndStream));  // not even HTTP: a reset each
  }
  EXPECT_FALSE(client.wire().all_taken()) << "it reads no more than it can answer";
  client.wire().read_on();
  EXPECT_TRUE(client.wire().all_taken());
  EXPECT_FALSE(client.server_closed());
}

}  // namespace
}  // namespace plinth::server

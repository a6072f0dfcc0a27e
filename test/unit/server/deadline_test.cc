// Deadlines: wherever a call is when its time is up, it ends with DEADLINE_EXCEEDED, and its handler unwinds once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plinth/async.h"
#include "support/test_client.h"
#include "support/visits.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::kBidirectional;
using test::kClientStreaming;
using test::kServerStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;

const test::Fields kOneSecond = {{"grpc-timeout", "1S"}};
const char* const kExceeded = "DEADLINE_EXCEEDED: Deadline exceeded";

class DeadlineTest : public testing::Test {
 protected:
  void expect_end_at_one_second(std::uint32_t id, int running) {
    EXPECT_EQ(visits_.inside(), running);
    server_.advance(999ms);
    EXPECT_EQ(client_.answer(id).status(), "none");
    server_.advance(1ms);
    EXPECT_EQ(client_.answer(id).status(), kExceeded);
    EXPECT_EQ(visits_.inside(), 0) << "the handler has unwound";
    EXPECT_EQ(client_.wire().connection().calls(), 0u);
  }

  test::Visits visits_;
  TestServer server_;
  TestClient client_{server_};
};

TEST_F(DeadlineTest, WhileTheRequestIsAwaited) {
  server_.servicer->unary = [this](ServerContext&, const Text&) -> Task<Result<Text>> {
    ++visits_.entered;
    co_return Text();
  };
  const auto id = client_.open(kUnary, kOneSecond);
  client_.message(id, "not the end");
  expect_end_at_one_second(id, 0);
}

TEST_F(DeadlineTest, WhileTheHandlerSleeps) {
  server_.servicer->unary = [this](ServerContext&, const Text&) -> Task<Result<Text>> {
    test::Visit inside(visits_);
    auto nap = sleep_for(1h);
    co_await std::move(nap);
    co_return Text();
  };
  const auto id = client_.open(kUnary, kOneSecond);
  client_.message(id, "x", test::kEndStream);
  expect_end_at_one_second(id, 1);
}

TEST_F(DeadlineTest, WhileTheHandlerWaitsForAMessage) {
  server_.servicer->client_streaming = [this](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
    test::Visit inside(visits_);
    while (auto request = co_await requests.next()) continue;
    co_return Text();
  };
  const auto id = client_.open(kClientStreaming, kOneSecond);
  client_.message(id, "one");
  expect_end_at_one_second(id, 1);
}

TEST_F(DeadlineTest, WhileTheHandlerWaitsForTheWindow) {
  server_.servicer->server_streaming = [this](ServerContext&, const Text&) -> Generator<Text> {
    test::Visit inside(visits_);
    while (true) co_yield test::text(std::string(1000, 'x'));
  };
  TestClient slow(server_, 100);
  const auto id = slow.open(kServerStreaming, kOneSecond);
  slow.message(id, "x", test::kEndStream);
  EXPECT_EQ(visits_.inside(), 1);
  server_.advance(1s);
  EXPECT_EQ(visits_.inside(), 0);
  EXPECT_EQ(slow.answer(id).status(), "none") << "the status stands behind what was sent before";
  slow.send(test::window_update(id, 1'000'000) + test::window_update(0, 1'000'000));
  EXPECT_EQ(slow.answer(id).status(), kExceeded);
}

TEST_F(DeadlineTest, OfZeroIsOverBeforeTheHandler) {
  server_.servicer->unary = [this](ServerContext&, const Text&) -> Task<Result<Text>> {
    ++visits_.entered;
    co_return Text();
  };
  const auto id = client_.open(kUnary, {{"grpc-timeout", "0n"}});
  EXPECT_EQ(client_.answer(id).status(), kExceeded) << "without waiting for the request";
  EXPECT_EQ(visits_.entered, 0);
}

TEST_F(DeadlineTest, OfZeroIsOverForStreamsToo) {
  const auto id = client_.open(kBidirectional, {{"grpc-timeout", "0H"}});
  EXPECT_EQ(client_.answer(id).status(), kExceeded);
}

TEST_F(DeadlineTest, IsToldToTheHandler) {
  Duration remaining{};
  server_.servicer->unary = [&](ServerContext& context, const Text&) -> Task<Result<Text>> {
    remaining = context.remaining();
    co_return Text();
  };
  client_.call(kUnary, "x", {{"grpc-timeout", "250m"}});
  EXPECT_EQ(remaining, 250ms);
  client_.call(kUnary, "x");
  EXPECT_EQ(remaining, Duration::max());
  EXPECT_EQ(client_.call(kUnary, "x", {{"grpc-timeout", "99999999H"}}).status(), "OK");
}

TEST_F(DeadlineTest, IsForgottenWithItsCall) {
  server_.servicer->unary = [](ServerContext&, const Text&) -> Task<Result<Text>> { co_return Text(); };
  server_.servicer->client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
    while (auto request = co_await requests.next()) continue;
    co_return test::text("in time");
  };
  EXPECT_EQ(client_.call(kUnary, "x", kOneSecond).status(), "OK");
  const auto next = client_.open(kClientStreaming);
  server_.advance(1h);
  client_.end(next);
  EXPECT_EQ(client_.answer(next).status(), "OK") << "the call that reuses its memory has none";
}

TEST_F(DeadlineTest, OverrulesAHandlerThatIgnoresIt) {
  server_.servicer->unary = [](ServerContext& context, const Text&) -> Task<Result<Text>> {
    try {
      auto nap = sleep_for(1h);
      co_await std::move(nap);
    } catch (const StatusError&) {
      context.trailing_metadata().add("noticed", "yes");
    }
    co_return test::text("too late");
  };
  const auto id = client_.open(kUnary, kOneSecond);
  client_.message(id, "x", test::kEndStream);
  server_.advance(1s);
  const auto answer = client_.answer(id);
  EXPECT_EQ(answer.status(), kExceeded);
  EXPECT_TRUE(answer.texts.empty());
  EXPECT_EQ(test::Answer::field(answer.trailers, "noticed"), "yes");
}

}  // namespace
}  // namespace plinth::server

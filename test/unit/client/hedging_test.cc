#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr std::string_view kHedged = R"({
  "methodConfig": [{
    "name": [{}],
    "hedgingPolicy": {"maxAttempts": 3, "hedgingDelay": "0.1s", "nonFatalStatusCodes": ["UNAVAILABLE"]}
  }]
})";

/// A server that answers each attempt when and how the test says.
class HedgedCall : public ::testing::Test {
 protected:
  HedgedCall() {
    channel_.shared->config = client::ServiceConfig::parse(kHedged).value();
    channel_.server.servicer->unary = [this](ServerContext& context, const Text&) { return answer(context); };
  }

  Task<Result<Text>> answer(ServerContext& context) {
    const auto attempt = ++attempts_;
    Visit visit(visits_);
    previous_.emplace_back(context.request_metadata().get("grpc-previous-rpc-attempts").value_or("none"));
    const auto& plan = plans_.at(attempt - 1);
    if (!plan.pushback.empty()) context.trailing_metadata().add_unchecked("grpc-retry-pushback-ms", plan.pushback);
    if (plan.delay > 0ms) {
      auto delay = sleep_for(plan.delay);
      co_await std::move(delay);
    }
    if (!plan.status.ok()) co_return plan.status;
    co_return text("attempt " + std::to_string(attempt));
  }

  struct Plan {
    Duration delay;
    Status status = {};
    std::string pushback = {};
  };

  TestChannel channel_;
  std::vector<Plan> plans_;
  std::vector<std::string> previous_;
  std::size_t attempts_ = 0;
  Visits visits_;
};

TEST_F(HedgedCall, NeedsOneAttemptWhenThatIsQuick) {
  plans_ = {{0ms}};
  const auto response = channel_.unary_now("x");
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->value(), "attempt 1");
  channel_.advance(1s);
  EXPECT_EQ(attempts_, 1u);
}

TEST_F(HedgedCall, TakesTheFirstAnswerAndCancelsTheOthers) {
  plans_ = {{10s}, {50ms}, {10s}};
  auto call = channel_.unary("x");
  channel_.poll();
  EXPECT_EQ(attempts_, 1u);
  channel_.advance(101ms);
  EXPECT_EQ(attempts_, 2u);
  channel_.advance(60ms);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take()->value(), "attempt 2");
  channel_.poll();
  EXPECT_EQ(visits_.inside(), 0);
  EXPECT_THAT(previous_, ElementsAre("none", "1"));
}

TEST_F(HedgedCall, SendsTheNextAtOnceAfterAFailureThatIsNotFatal) {
  plans_ = {{10ms, unavailable("busy")}, {0ms}};
  auto call = channel_.unary("x");
  channel_.poll();
  channel_.advance(11ms);
  channel_.advance(2ms);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take()->value(), "attempt 2");
}

TEST_F(HedgedCall, EndsWithAFatalFailureWhateverTheOthersDo) {
  plans_ = {{10s}, {0ms, not_found("nothing here")}};
  auto call = channel_.unary("x");
  channel_.poll();
  channel_.advance(101ms);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), not_found("nothing here"));
  channel_.poll();
  EXPECT_EQ(visits_.inside(), 0);
}

TEST_F(HedgedCall, EndsWithTheLastFailureWhenAllHaveFailed) {
  plans_ = {{0ms, unavailable("1")}, {0ms, unavailable("2")}, {0ms, unavailable("3")}};
  auto call = channel_.unary("x");
  for (int i = 0; i < 5; ++i) channel_.advance(2ms);  // "at once" is with the next tick of the clock
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), unavailable("3"));
  EXPECT_EQ(attempts_, 3u);
}

TEST_F(HedgedCall, SendsNoMoreWhenTheServerPushesBack) {
  plans_ = {{0ms, unavailable("busy"), "-1"}};
  auto call = channel_.unary("x");
  channel_.poll();
  channel_.advance(1s);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take().error(), unavailable("busy"));
  EXPECT_EQ(attempts_, 1u);
}

TEST_F(HedgedCall, WaitsAsLongAsTheServerSays) {
  plans_ = {{0ms, unavailable("busy"), "500"}, {0ms}};
  auto call = channel_.unary("x");
  channel_.poll();
  channel_.advance(400ms);
  EXPECT_EQ(attempts_, 1u);
  channel_.advance(200ms);
  ASSERT_TRUE(call.done());
  EXPECT_EQ(call.take()->value(), "attempt 2");
}

}  // namespace
}  // namespace plinth::test

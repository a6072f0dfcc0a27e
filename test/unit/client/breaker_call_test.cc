// The circuit breaker around calls: what it lets through, and what reaches the network.

#include <gmock/gmock.h>

#include <chrono>

#include "support/scripted_server.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum StatusCode;

class BreakerCalls : public testing::Test {
 protected:
  BreakerCalls() {
    const client::CircuitBreaker::Options options{.threshold = 3, .timeout = 30s};
    channel_.shared->breaker = std::make_unique<client::CircuitBreaker>("test:///target", options, channel_.log);
    answer(kOk);
  }

  void answer(StatusCode code) {
    channel_.scripted->answer = [code](const ScriptedRequest& request) {
      return code == kOk ? answer_well(request) : trailers_only(request.stream, code, "no");
    };
  }
  StatusCode call() {
    const auto response = channel_.unary_now("hello");
    return response ? kOk : response.error().code();
  }
  void open() {
    answer(kUnavailable);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(call(), kUnavailable);
    EXPECT_THAT(channel_.log->take(), ElementsAre("circuit_breaker_opened name=test:///target failure_count=3"));
  }
  std::size_t sent() const { return channel_.scripted->requests.size(); }

  ScriptedChannel channel_;
};

TEST_F(BreakerCalls, FailAtOnceWhileItIsOpen) {
  open();
  answer(kOk);
  const auto response = channel_.unary_now("hello");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error(), unavailable("circuit breaker open for test:///target"));
  EXPECT_EQ(sent(), 3u) << "the network is not touched";
  channel_.advance(29s);
  EXPECT_EQ(call(), kUnavailable);
  EXPECT_EQ(sent(), 3u);
}

/// What the caller does wrong says nothing about the server.
TEST_F(BreakerCalls, LeaveItClosedWhenTheyAreRefusedHere) {
  CallOptions too_large;
  too_large.max_request_size = 1;
  CallOptions too_much_metadata;
  too_much_metadata.metadata.add("key", std::string(100'000, 'x'));
  for (const auto& options : {too_large, too_much_metadata}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(channel_.unary_now("hello", options).error().code(), kResourceExhausted);
  }
  EXPECT_THAT(channel_.log->take(), IsEmpty());
  EXPECT_EQ(call(), kOk);
}

/// As one does that finds no token.
class Refusal final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "Refusal"; }
  Around around() const noexcept override { return Around::kAttempt; }
  Task<Status> intercept(CallContext&, Next) override { co_return unavailable("no token"); }
};

TEST_F(BreakerCalls, LeaveItClosedWhenAnInterceptorRefusesTheirAttempts) {
  channel_.shared->add_interceptor(std::make_shared<Refusal>());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(channel_.unary_now("hello").error(), unavailable("no token"));
  EXPECT_THAT(channel_.log->take(), IsEmpty());
  EXPECT_EQ(sent(), 0u);
}

TEST_F(BreakerCalls, CloseItAfterThreeGoodProbes) {
  open();
  answer(kOk);
  channel_.advance(30s);
  EXPECT_EQ(call(), kOk);
  EXPECT_THAT(channel_.log->take(), ElementsAre("circuit_breaker_half_open name=test:///target failure_count=3"));
  EXPECT_EQ(call(), kOk);
  EXPECT_EQ(call(), kOk);
  EXPECT_THAT(channel_.log->take(), ElementsAre("circuit_breaker_closed name=test:///target failure_count=3"));
  EXPECT_EQ(call(), kOk);
}

TEST_F(BreakerCalls, OpenItAgainWithOneBadProbe) {
  open();
  channel_.advance(30s);
  EXPECT_EQ(call(), kUnavailable);
  EXPECT_EQ(sent(), 4u);
  EXPECT_EQ(call(), kUnavailable);
  EXPECT_EQ(sent(), 4u) << "open again";
  channel_.log->take();
}

TEST_F(BreakerCalls, AreProbesNoMoreThanThreeAtATime) {
  open();
  channel_.scripted->answer = nullptr;
  channel_.advance(30s);
  std::deque<Started<Result<Text>>> probes;
  CallOptions forever;
  forever.timeout = Duration::max();
  for (int i = 0; i < 3; ++i) {
    Worker::Turn turn(channel_.server.loop.worker());
    static constexpr Method kMethod{kUnary, CallKind::kUnary};
    auto probe = detail::start_with(channel_.channel(), kMethod, text("probe"), forever);
    probes.emplace_back(channel_.server.loop.worker(), detail::only_response<Text>(std::move(probe)));
  }
  channel_.poll();
  EXPECT_EQ(sent(), 6u);
  EXPECT_EQ(call(), kUnavailable);
  EXPECT_EQ(sent(), 6u);

  channel_.server.turn([&] { probes.front().scope().cancel(cancelled("not needed")); });
  answer(kOk);
  EXPECT_EQ(call(), kOk) << "a cancelled probe gives its place back";
  EXPECT_EQ(sent(), 7u);
}

TEST_F(BreakerCalls, OfWhichTheServerFindsTheCallersMistakesDoNotOpenIt) {
  for (const auto code : {kNotFound, kInvalidArgument, kPermissionDenied, kUnimplemented, kAborted, kCancelled}) {
    answer(code);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(call(), code);
  }
  EXPECT_THAT(channel_.log->take(), IsEmpty());
}

TEST_F(BreakerCalls, ThatFindNoConnectionOpenIt) {
  channel_.scripted->refuse = [] { return unavailable("cannot connect"); };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(call(), kUnavailable);
  EXPECT_THAT(channel_.log->take(), ElementsAre("circuit_breaker_opened name=test:///target failure_count=3"));
}

TEST_F(BreakerCalls, ThatPassTheirDeadlineOpenIt) {
  channel_.scripted->answer = nullptr;
  CallOptions options;
  options.timeout = 1s;
  for (int i = 0; i < 3; ++i) {
    auto late = channel_.unary("hello", options);
    channel_.poll();
    channel_.advance(1s);
    ASSERT_TRUE(late.done());
  }
  EXPECT_THAT(channel_.log->take(), ElementsAre("circuit_breaker_opened name=test:///target failure_count=3"));
}

/// What it counts is the call, not each of its attempts.
TEST_F(BreakerCalls, AreCountedOnceHoweverOftenTheyAreTried) {
  channel_.shared->retry.max_attempts = 4;
  channel_.scripted->answer = [&](const ScriptedRequest& request) {
    return sent() < 4 ? trailers_only(request.stream, kUnavailable) : answer_well(request);
  };
  auto call = channel_.unary("hello");
  channel_.poll();
  for (int i = 0; i < 3; ++i) channel_.advance(5s);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  for (const auto& line : channel_.log->take()) EXPECT_THAT(line, ::testing::StartsWith("grpc_retry"));
}

TEST_F(BreakerCalls, OfAStreamReportWhenTheResponseHasBegun) {
  open();
  answer(kOk);
  channel_.advance(30s);
  channel_.log->take();
  std::vector<ClientCallPtr> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(channel_.start(kBidirectional, CallKind::kBidirectional));
  channel_.poll();
  for (std::uint32_t id : {7u, 9u, 11u}) channel_.say(response_head(id));
  EXPECT_THAT(channel_.log->take(), ElementsAre("circuit_breaker_half_open name=test:///target failure_count=3",
                                                "circuit_breaker_closed name=test:///target failure_count=3"));
}

}  // namespace
}  // namespace plinth::test

#include "client/circuit_breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "support/kept_log.h"

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using enum StatusCode;
using State = CircuitBreaker::State;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kThreshold = 3;
constexpr auto kTimeout = 30s;

/// Keeps all that it was set to.
class KeptGauge final : public Gauge {
 public:
  void add(double) noexcept override {}
  void set(double value) noexcept override { values.push_back(value); }
  std::vector<double> values;
};

class CircuitBreakerTest : public testing::Test {
 protected:
  Result<CircuitBreaker::Pass> admit() { return breaker.admit(now); }
  State state() const { return breaker.state(now); }

  /// A whole call. Says whether it was let through.
  bool call(StatusCode code) {
    auto pass = admit();
    if (pass) pass->done(code, now);
    return pass.has_value();
  }

  void open() {
    while (state() == State::kClosed) call(kUnavailable);
  }
  void half_open() {
    open();
    now += kTimeout;
  }

  std::shared_ptr<test::KeptLog> log = std::make_shared<test::KeptLog>();
  CircuitBreaker breaker{"myservice:50051", {.threshold = kThreshold, .timeout = kTimeout}, log};
  TimePoint now{1h};
};

TEST_F(CircuitBreakerTest, IsClosedAtFirst) {
  EXPECT_EQ(state(), State::kClosed);
  EXPECT_TRUE(call(kOk));
  EXPECT_EQ(breaker.target(), "myservice:50051");
}

TEST_F(CircuitBreakerTest, OpensAfterFailuresInARow) {
  for (std::size_t i = 0; i < kThreshold; ++i) {
    EXPECT_EQ(state(), State::kClosed);
    EXPECT_TRUE(call(kUnavailable));
  }
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_THAT(log->take(), ElementsAre("circuit_breaker_opened name=myservice:50051 failure_count=3"));
}

TEST_F(CircuitBreakerTest, ARefusedCallSaysWhy) {
  open();
  const auto pass = admit();
  ASSERT_FALSE(pass.has_value());
  EXPECT_EQ(pass.error(), unavailable("circuit breaker open for myservice:50051"));
}

TEST_F(CircuitBreakerTest, ASuccessBetweenFailuresStartsTheCountAnew) {
  for (int i = 0; i < 10; ++i) {
    call(kUnavailable);
    call(kUnavailable);
    call(kOk);
  }
  EXPECT_EQ(state(), State::kClosed);
  EXPECT_THAT(log->take(), IsEmpty());
}

TEST_F(CircuitBreakerTest, OneFailureIsEnoughWhenTheThresholdSaysSo) {
  CircuitBreaker touchy("t", {.threshold = 1, .timeout = kTimeout}, log);
  touchy.admit(now)->done(kUnavailable, now);
  EXPECT_EQ(touchy.state(now), State::kOpen);
}

TEST_F(CircuitBreakerTest, EachCodeCountsAsItShould) {
  const std::vector<std::pair<StatusCode, bool>> failures = {
      {kOk, false},
      {kUnknown, true},
      {kInvalidArgument, false},
      {kDeadlineExceeded, true},
      {kNotFound, false},
      {kAlreadyExists, false},
      {kPermissionDenied, false},
      {kResourceExhausted, true},
      {kFailedPrecondition, false},
      {kAborted, false},
      {kOutOfRange, false},
      {kUnimplemented, false},
      {kInternal, true},
      {kUnavailable, true},
      {kDataLoss, false},
      {kUnauthenticated, false},
  };
  for (const auto& [code, is_failure] : failures) {
    CircuitBreaker each("t", {.threshold = 2, .timeout = kTimeout}, log);
    each.admit(now)->done(kUnavailable, now);
    each.admit(now)->done(code, now);
    EXPECT_EQ(each.state(now), is_failure ? State::kOpen : State::kClosed) << to_string(code);
    if (is_failure) continue;
    each.admit(now)->done(kUnavailable, now);
    EXPECT_EQ(each.state(now), State::kClosed) << to_string(code) << " proves that the server is alive";
  }
}

TEST_F(CircuitBreakerTest, ACancelledCallSaysNothing) {
  call(kUnavailable);
  call(kUnavailable);
  call(kCancelled);
  admit();  // and ends without a report
  EXPECT_EQ(state(), State::kClosed);
  call(kUnavailable);
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(CircuitBreakerTest, StaysOpenForItsTimeout) {
  open();
  now += kTimeout - 1ns;
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_FALSE(call(kOk));
  now += 1ns;
  EXPECT_EQ(state(), State::kHalfOpen);
  EXPECT_TRUE(call(kOk));
}

TEST_F(CircuitBreakerTest, IsOpenForEverWhenTheTimeoutIsLongerThanTheClock) {
  CircuitBreaker patient("t", {.threshold = 1, .timeout = Duration::max()}, log);
  patient.admit(now)->done(kUnavailable, now);
  EXPECT_EQ(patient.state(TimePoint::max() - 1ns), State::kOpen);
}

TEST_F(CircuitBreakerTest, LetsThreeProbesThrough) {
  half_open();
  const auto first = admit(), second = admit(), third = admit(), fourth = admit();
  EXPECT_TRUE(first && second && third);
  ASSERT_FALSE(fourth.has_value());
  EXPECT_EQ(fourth.error().message(), "circuit breaker open for myservice:50051");
  EXPECT_EQ(state(), State::kHalfOpen);
}

TEST_F(CircuitBreakerTest, ASuccessfulProbeMakesNoPlaceForAnother) {
  half_open();
  auto first = admit(), second = admit(), third = admit();
  first->done(kOk, now);
  EXPECT_FALSE(admit().has_value());
}

TEST_F(CircuitBreakerTest, ThreeSuccessesCloseIt) {
  half_open();
  EXPECT_TRUE(call(kOk));
  EXPECT_TRUE(call(kNotFound)) << "the server is alive";
  EXPECT_EQ(state(), State::kHalfOpen);
  EXPECT_TRUE(call(kOk));
  EXPECT_EQ(state(), State::kClosed);
  EXPECT_THAT(log->take(), ElementsAre("circuit_breaker_opened name=myservice:50051 failure_count=3",
                                       "circuit_breaker_half_open name=myservice:50051 failure_count=3",
                                       "circuit_breaker_closed name=myservice:50051 failure_count=3"));
}

TEST_F(CircuitBreakerTest, ShowsItsStateInAGauge) {
  const auto gauge = std::make_shared<KeptGauge>();
  breaker.show_state_in(gauge);
  EXPECT_THAT(gauge->values, ElementsAre(0)) << "closed";
  half_open();
  EXPECT_THAT(gauge->values, ElementsAre(0, 1)) << "open, until the first probe";
  call(kUnavailable);
  EXPECT_THAT(gauge->values, ElementsAre(0, 1, 2, 1)) << "half-open, and open again";
  now += kTimeout;
  for (int i = 0; i < 3; ++i) call(kOk);
  EXPECT_THAT(gauge->values, ElementsAre(0, 1, 2, 1, 2, 0));
}

TEST_F(CircuitBreakerTest, OnceClosedItNeedsTheWholeThresholdAgain) {
  half_open();
  for (int i = 0; i < 3; ++i) call(kOk);
  for (std::size_t i = 1; i < kThreshold; ++i) call(kUnavailable);
  EXPECT_EQ(state(), State::kClosed);
  call(kUnavailable);
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(CircuitBreakerTest, OneFailedProbeOpensItAgain) {
  half_open();
  call(kOk);
  call(kOk);
  log->take();
  call(kDeadlineExceeded);
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_FALSE(call(kOk));
  EXPECT_THAT(log->take(), ElementsAre("circuit_breaker_opened name=myservice:50051 failure_count=4"));
}

TEST_F(CircuitBreakerTest, OpenedAgainItWaitsTheWholeTimeoutAndWantsThreeSuccesses) {
  half_open();
  call(kOk);
  call(kOk);
  now += 10s;
  call(kUnavailable);
  now += kTimeout - 1ns;
  EXPECT_EQ(state(), State::kOpen);
  now += 1ns;
  call(kOk);
  EXPECT_EQ(state(), State::kHalfOpen) << "the two from before do not count";
  call(kOk);
  call(kOk);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, ACancelledProbeGivesItsPlaceBack) {
  half_open();
  auto first = admit(), second = admit(), third = admit();
  EXPECT_FALSE(admit().has_value());
  second->done(kCancelled, now);
  EXPECT_TRUE(admit().has_value()) << "and this one is dropped";
  EXPECT_TRUE(admit().has_value());
  EXPECT_EQ(state(), State::kHalfOpen);
}

TEST_F(CircuitBreakerTest, AProbeThatIsDroppedGivesItsPlaceBack) {
  half_open();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(admit().has_value());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(call(kOk));
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, AMovedPassCountsOnce) {
  half_open();
  auto first = admit();
  CircuitBreaker::Pass moved = std::move(*first);
  first->done(kUnavailable, now);
  EXPECT_EQ(state(), State::kHalfOpen) << "there is nothing left in what was moved from";
  moved.done(kOk, now);
  moved.done(kUnavailable, now);
  EXPECT_EQ(state(), State::kHalfOpen) << "a pass is used up by its first report";
}

TEST_F(CircuitBreakerTest, APassThatIsOverwrittenGivesItsPlaceBack) {
  half_open();
  auto first = admit(), second = admit(), third = admit();
  *first = std::move(*second);
  EXPECT_TRUE(call(kOk)) << "the place of the first is free";
  first->done(kOk, now);
  third->done(kOk, now);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, CallsFromBeforeItOpenedAreNoProbes) {
  auto late_success = admit(), late_failure = admit(), late_drop = admit();
  half_open();
  auto probe = admit();
  late_success->done(kOk, now);
  late_failure->done(kUnavailable, now);
  EXPECT_EQ(state(), State::kHalfOpen);
  {
    const auto dropped = std::move(*late_drop);
  }
  const auto second = admit(), third = admit();
  EXPECT_TRUE(second && third);
  EXPECT_FALSE(admit().has_value()) << "a late call has no place to give back";
}

TEST_F(CircuitBreakerTest, LateFailuresDoNotKeepItOpenForLonger) {
  std::vector<Result<CircuitBreaker::Pass>> late;
  for (int i = 0; i < 5; ++i) late.push_back(admit());
  open();
  now += 20s;
  for (auto& pass : late) pass->done(kUnavailable, now);
  now += 10s;
  EXPECT_EQ(state(), State::kHalfOpen);
}

TEST_F(CircuitBreakerTest, ProbesOfAnEarlierTimeDoNotCount) {
  half_open();
  auto slow_success = admit(), slow_drop = admit();
  call(kUnavailable);
  now += kTimeout;
  EXPECT_TRUE(call(kOk));
  slow_success->done(kOk, now);
  {
    const auto dropped = std::move(*slow_drop);
  }
  EXPECT_TRUE(call(kOk));
  EXPECT_EQ(state(), State::kHalfOpen);
  EXPECT_TRUE(call(kOk));
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, FailuresFromBeforeItClosedDoNotCount) {
  std::vector<Result<CircuitBreaker::Pass>> late;
  for (int i = 0; i < 5; ++i) late.push_back(admit());
  half_open();
  for (int i = 0; i < 3; ++i) call(kOk);
  for (auto& pass : late) pass->done(kUnavailable, now);
  EXPECT_EQ(state(), State::kClosed);
}

/// Runs the same in four threads that start together.
void together(const std::function<void()>& action) {
  constexpr int kThreads = 4;
  std::latch start(kThreads);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      action();
    });
  }
}

TEST_F(CircuitBreakerTest, OfManyThreadsThreeGetAPlace) {
  half_open();
  std::mutex mutex;
  std::vector<CircuitBreaker::Pass> passes;
  together([&] {
    for (int i = 0; i < 100; ++i) {
      auto pass = admit();
      std::lock_guard lock(mutex);
      if (pass) passes.push_back(std::move(*pass));
    }
  });
  EXPECT_EQ(passes.size(), 3u);
  for (auto& pass : passes) pass.done(kOk, now);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, FailuresOfAllThreadsAddUp) {
  CircuitBreaker shared("t", {.threshold = 400, .timeout = kTimeout}, log);
  together([&] {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(shared.state(now), State::kClosed);
      shared.admit(now)->done(kUnavailable, now);
    }
  });
  EXPECT_EQ(shared.state(now), State::kOpen);
  EXPECT_THAT(log->take(), ElementsAre("circuit_breaker_opened name=t failure_count=400"));
}

TEST_F(CircuitBreakerTest, SurvivesEverythingAtOnce) {
  std::atomic<std::int64_t> clock{0};
  together([&] {
    for (std::int64_t i = 0; i < 5000; ++i) {
      const auto time = now + std::chrono::seconds(clock.fetch_add(1));
      if (auto pass = breaker.admit(time); pass && i % 7 != 0) pass->done(i % 3 == 0 ? kOk : kUnavailable, time);
    }
  });
  now += 24h;
  open();
  now += kTimeout;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(call(kOk)) << "no place has been lost";
  EXPECT_EQ(state(), State::kClosed);
}

}  // namespace
}  // namespace plinth::client

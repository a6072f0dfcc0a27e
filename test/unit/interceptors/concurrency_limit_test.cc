#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "fake_metrics.h"
#include "limit_calls.h"
#include "plinth/limits.h"
#include "support/kept_log.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::kLimitedCheck;
using test::kLimitedGet;
using test::kLimitedList;
using test::LimitedCall;
using test::ManualClock;
using enum StatusCode;

constexpr Method kOther{"/test.Text/Other", CallKind::kUnary};

class AdaptiveConcurrency : public test::LimitCalls {
 protected:
  void limit(AdaptiveConcurrencyOptions options) {
    options.logger = log_;
    options.metrics = metrics_;
    chain_.front() = std::make_shared<AdaptiveConcurrencyInterceptor>(std::move(options));
  }
  static AdaptiveConcurrencyOptions at_most(std::size_t calls) {
    return {.min_limit = calls, .max_limit = calls, .initial_limit = calls};
  }

  /// A worker that is asked for 1 ms of its time each 0.5 ms, in turns of what came during the last one: how many were
  /// refused, and how many served after their wait was over.
  struct Served {
    int good = 0;
    int refused = 0;
  };
  Served overload(Duration time) {
    Served served;
    const auto end = ManualClock::now() + time;
    for (auto came = ManualClock::now(); came < end;) {
      ManualClock::advance(100us);
      worker_.turn([&] {
        for (const auto turn = worker_->now(); came < turn; came += 500us) {
          const auto& call = this->call(kLimitedGet, burns(1ms));
          served.refused += call.code() == kResourceExhausted;
          served.good += call.code() == kOk && ManualClock::now() - came < 50ms;
        }
      });
    }
    return served;
  }

  double sheds(const std::string& reason, const std::string& method) const {
    return metrics_->at("grpc_server_shed_total", {{"reason", reason}, {"method", method}});
  }
  double shown_limit(const std::string& group) const {
    return metrics_->at("grpc_server_concurrency_limit", {{"group", group}});
  }

  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  std::shared_ptr<test::FakeMetrics> metrics_ = std::make_shared<test::FakeMetrics>();
};

TEST_F(AdaptiveConcurrency, EndsCallsAboveTheLimit) {
  limit(at_most(2));
  const auto& first = call(kLimitedGet, ends_with(Status(), 10ms));
  call(kLimitedGet, ends_with(not_found("nothing"), 20ms));
  auto& third = call();
  EXPECT_EQ(third.code(), kResourceExhausted);
  EXPECT_EQ(third.status()->message(), "the server is overloaded");
  worker_.advance(10ms);
  EXPECT_EQ(first.code(), kOk);
  EXPECT_EQ(call().code(), kOk) << "one has ended";
  worker_.advance(10ms);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(call().code(), kOk) << "whatever they end with";
}

TEST_F(AdaptiveConcurrency, TellsWhenToTryAgainButNotAllTheSame) {
  auto options = at_most(1);
  options.retry_after = 10s;
  limit(options);
  call(kLimitedGet, ends_with(Status(), 1h));
  double earliest = 100;
  double latest = 0;
  for (int i = 0; i < 100; ++i) {
    auto& refused = call();
    const auto seconds = refused.retry_seconds();
    earliest = std::min(earliest, seconds);
    latest = std::max(latest, seconds);
    EXPECT_NEAR(std::stod(refused.pushback()) / 1000, seconds, 0.001);
  }
  EXPECT_GE(earliest, 8);
  EXPECT_LT(earliest, 9);
  EXPECT_GT(latest, 11);
  EXPECT_LE(latest, 12);
  worker_.advance(1h);
}

TEST_F(AdaptiveConcurrency, CountsNoStreams) {
  limit(at_most(1));
  for (int i = 0; i < 10; ++i) call(kLimitedList, ends_with(Status(), 1h));
  EXPECT_EQ(call().code(), kOk);
  worker_.advance(1h);
}

TEST_F(AdaptiveConcurrency, LeavesOperationalServicesAlone) {
  limit(at_most(1));
  call(kLimitedCheck, ends_with(Status(), 1h));
  call(kLimitedGet, ends_with(Status(), 1h));
  EXPECT_EQ(call(kLimitedGet).code(), kResourceExhausted);
  EXPECT_EQ(call(kLimitedCheck).code(), kOk);
  worker_.advance(1h);
}

TEST_F(AdaptiveConcurrency, LimitsGroupsOfMethodsByThemselves) {
  auto options = at_most(1);
  options.group = [](const Method& method) { return std::string(method.name() == "Get" ? "quick" : "slow"); };
  limit(options);
  call(kOther, ends_with(Status(), 1h));
  EXPECT_EQ(call(kOther).code(), kResourceExhausted);
  EXPECT_EQ(call(kLimitedGet).code(), kOk);
  EXPECT_EQ(shown_limit("quick"), 1);
  EXPECT_EQ(shown_limit("slow"), 1);
  worker_.advance(1h);
}

/// Four calls a millisecond are what there is time for, and six are asked for.
TEST_F(AdaptiveConcurrency, FindsOutHowMuchAtOnceIsTooMuch) {
  limit({});
  EXPECT_EQ(shown_limit("all"), 100);
  std::vector<const LimitedCall*> running;
  for (int i = 0; i < 5000; ++i) {
    for (int n = 0; n < 6; ++n) {
      const auto latency = std::max<Duration>(1ms, 250us * running.size());
      running.push_back(&call(kLimitedGet, ends_with(Status(), latency)));
      std::erase_if(running, [](const auto* call) { return call->status().has_value(); });
    }
    worker_.advance(1ms);
    std::erase_if(running, [](const auto* call) { return call->status().has_value(); });
  }
  EXPECT_LT(shown_limit("all"), 25);
  EXPECT_GE(shown_limit("all"), 4);
  EXPECT_GT(sheds("concurrency", "/test.Text/Get"), 0);
  worker_.advance(1h);
}

TEST_F(AdaptiveConcurrency, DoesNotLearnFromCallsThatFail) {
  limit({});
  for (int i = 0; i < 2000; ++i) {
    call(kLimitedGet, ends_with(Status(), 10ms));
    for (int n = 0; n < 5; ++n) call(kLimitedGet, ends_with(invalid_argument("at once")));
    worker_.advance(1ms);
  }
  EXPECT_EQ(shown_limit("all"), 100) << "they would make the others look slow";
  worker_.advance(1h);
}

TEST_F(AdaptiveConcurrency, KeepsAnOverloadedWorkerAnsweringInTime) {
  limit({});
  overload(1s);
  const auto served = overload(2s);
  EXPECT_GE(served.good, 1700) << "of 2000 that it has time for";
  EXPECT_GT(served.refused, 1500);
  EXPECT_EQ(sheds("concurrency", "/test.Text/Get"), 0) << "never more than one at a time";
}

TEST_F(AdaptiveConcurrency, RefusesNothingAfterTheOverload) {
  limit({});
  overload(1s);
  for (int i = 0; i < 1000; ++i) {
    worker_.advance(1ms);
    EXPECT_EQ(call(kLimitedGet, burns(500us)).code(), kOk);
  }
}

TEST_F(AdaptiveConcurrency, RefusesStreamsThatWaitTooLong) {
  limit({});
  overload(1s);
  overload(10ms);
  EXPECT_GT(sheds("wait", "/test.Text/Get"), 0);
  worker_.turn([&] {
    call(kLimitedGet, burns(20ms));
    EXPECT_EQ(call(kLimitedList).code(), kResourceExhausted);
    EXPECT_EQ(call(kLimitedCheck).code(), kOk) << "operational services are served all the same";
  });
}

TEST_F(AdaptiveConcurrency, DoesNotStartWhatCannotBeInTime) {
  limit({});
  prepare_ = [](LimitedCall& call) { call.set_deadline(Deadline(TimePoint(ManualClock::now()) + 1ms)); };
  worker_.turn([&] {
    EXPECT_EQ(call(kLimitedGet, burns(500us)).code(), kOk);
    auto& late = call(kLimitedGet, burns(2ms));
    EXPECT_EQ(late.code(), kOk);
  });
  const Deadline past(ManualClock::now() + 1ms);
  prepare_ = [past](LimitedCall& call) { call.set_deadline(past); };
  worker_.turn([&] {
    EXPECT_EQ(call(kLimitedGet, burns(2ms)).code(), kOk);
    EXPECT_EQ(call().code(), kResourceExhausted) << "its deadline has passed while it waited for the first";
  });
}

TEST_F(AdaptiveConcurrency, TakesWhatNobodyServesForOneMethod) {
  limit(at_most(1));
  for (int i = 0; i < 10'000; ++i) {
    const auto path = "/other.Service/" + std::to_string(i);
    call(Method{path, CallKind::kUnary, false}, ends_with(unimplemented("")));
  }
  EXPECT_LE(metrics_->size(), 5u);
}

TEST_F(AdaptiveConcurrency, IsLoggedOnceASecond) {
  limit(at_most(1));
  call(kLimitedGet, ends_with(Status(), 1h));
  for (int i = 0; i < 10; ++i) call();
  worker_.advance(1s);
  for (int i = 0; i < 10; ++i) call();
  EXPECT_THAT(log_->take(),
              ::testing::ElementsAre("grpc_calls_shed reason=concurrency method=/test.Text/Get count=1",
                                     "grpc_calls_shed reason=concurrency method=/test.Text/Get count=10"));
  EXPECT_EQ(sheds("concurrency", "/test.Text/Get"), 20);
  worker_.advance(1h);
}

TEST(AdaptiveConcurrencyDeathTest, RefusesOptionsOutOfBounds) {
  EXPECT_DEATH(AdaptiveConcurrencyInterceptor({.min_limit = 0}), "at least one call");
  EXPECT_DEATH(AdaptiveConcurrencyInterceptor({.target_wait = 0s}), "shorter than the interval");
  EXPECT_DEATH(AdaptiveConcurrencyInterceptor({.target_wait = 1s}), "shorter than the interval");
  EXPECT_DEATH(AdaptiveConcurrencyInterceptor({.retry_after = 0s}), "wait for some time");
}

}  // namespace
}  // namespace plinth

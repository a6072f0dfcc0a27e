#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

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
using ::testing::ElementsAre;
using enum StatusCode;

class RateLimit : public test::LimitCalls {
 protected:
  void limit(RateLimitOptions options) {
    options.logger = log_;
    options.metrics = metrics_;
    chain_.front() = std::make_shared<RateLimitInterceptor>(std::move(options));
  }
  double sheds(const std::string& reason, const std::string& method) const {
    return metrics_->at("grpc_server_shed_total", {{"reason", reason}, {"method", method}});
  }

  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  std::shared_ptr<test::FakeMetrics> metrics_ = std::make_shared<test::FakeMetrics>();
};

TEST_F(RateLimit, EndsCallsAboveTheRateOfTheirMethod) {
  limit({.each_method = Rate{.per_second = 10, .burst = 2}});
  EXPECT_EQ(call().code(), kOk);
  EXPECT_EQ(call().code(), kOk);
  EXPECT_EQ(call().code(), kResourceExhausted);
  EXPECT_EQ(call(kLimitedList).code(), kOk) << "another method";
  worker_.advance(100ms);
  EXPECT_EQ(call().code(), kOk);
  EXPECT_EQ(call().code(), kResourceExhausted);
}

TEST_F(RateLimit, TellsWhenToTryAgain) {
  limit({.each_method = Rate{.per_second = 0.4, .burst = 1}});
  call();
  worker_.advance(300us);
  auto& refused = call();
  EXPECT_EQ(refused.status()->message(), "too many calls of this method");
  EXPECT_DOUBLE_EQ(refused.retry_seconds(), 2.4997);
  EXPECT_EQ(refused.pushback(), "2500") << "rounded up: a client that waits for so long is let in";
}

TEST_F(RateLimit, KnowsMethodsOfTheirOwnRate) {
  limit({.each_method = Rate{.per_second = 1, .burst = 1}, .methods = {{"/test.Text/List", Rate{.per_second = 3}}}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(kLimitedList).code(), kOk);
  EXPECT_EQ(call(kLimitedList).code(), kResourceExhausted);
  call();
  EXPECT_EQ(call().code(), kResourceExhausted);
}

TEST_F(RateLimit, CountsEachPeerByItself) {
  limit({.each_peer = Rate{.per_second = 1, .burst = 2}});
  EXPECT_EQ(call(kLimitedGet, "ipv4:10.0.0.1:1000").code(), kOk);
  EXPECT_EQ(call(kLimitedList, "ipv4:10.0.0.1:1001").code(), kOk) << "all methods, all ports";
  auto& refused = call(kLimitedGet, "ipv4:10.0.0.1:1002");
  EXPECT_EQ(refused.code(), kResourceExhausted);
  EXPECT_EQ(refused.status()->message(), "too many calls from this peer");
  EXPECT_EQ(call(kLimitedGet, "ipv4:10.0.0.2:1000").code(), kOk);
}

TEST_F(RateLimit, LetsNobodyUseUpAMethodForOthers) {
  limit({.each_method = Rate{.per_second = 1, .burst = 3}, .each_peer = Rate{.per_second = 1, .burst = 1}});
  for (int i = 0; i < 100; ++i) call(kLimitedGet, "ipv4:10.0.0.1:1");
  EXPECT_EQ(call(kLimitedGet, "ipv4:10.0.0.2:1").code(), kOk);
  EXPECT_EQ(call(kLimitedGet, "ipv4:10.0.0.3:1").code(), kOk);
  EXPECT_EQ(call(kLimitedGet, "ipv4:10.0.0.4:1").code(), kResourceExhausted);
}

TEST_F(RateLimit, DoesNotCountAgainstThePeerWhatItsMethodHasRefused) {
  limit({.methods = {{"/test.Text/Get", Rate{.per_second = 1}}}, .each_peer = Rate{.per_second = 1, .burst = 1}});
  call(kLimitedGet, "ipv4:10.0.0.1:1");
  EXPECT_EQ(call(kLimitedGet, "ipv4:10.0.0.2:1").status()->message(), "too many calls of this method");
  EXPECT_EQ(call(kLimitedList, "ipv4:10.0.0.2:1").code(), kOk);
}

TEST_F(RateLimit, TakesTheProgramsWordForWhoAPeerIs) {
  limit({.each_peer = Rate{.per_second = 1, .burst = 1},
         .peer_key = [](const CallContext& call) { return std::string(call.method().name()); }});
  EXPECT_EQ(call(kLimitedGet).code(), kOk);
  EXPECT_EQ(call(kLimitedList).code(), kOk);
  EXPECT_EQ(call(kLimitedGet, "ipv4:10.0.0.9:1").code(), kResourceExhausted);
}

TEST_F(RateLimit, DoesNotLimitNobody) {
  limit({.each_peer = Rate{.per_second = 1, .burst = 1}, .peer_key = [](const CallContext&) { return ""; }});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(call().code(), kOk);
}

TEST_F(RateLimit, LeavesOperationalServicesAlone) {
  limit({.each_method = Rate{.per_second = 1, .burst = 1}, .each_peer = Rate{.per_second = 1, .burst = 1}});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(call(kLimitedCheck).code(), kOk);
  EXPECT_EQ(call().code(), kOk);
}

TEST_F(RateLimit, LimitsOperationalServicesIfToldSo) {
  limit({.each_method = Rate{.per_second = 1, .burst = 1}, .exempt_services = {"test.Text"}});
  call(kLimitedCheck);
  EXPECT_EQ(call(kLimitedCheck).code(), kResourceExhausted);
  call();
  EXPECT_EQ(call().code(), kOk);
}

TEST_F(RateLimit, TakesWhatNobodyServesForOneMethod) {
  limit({.each_method = Rate{.per_second = 1, .burst = 1}});
  int refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto path = "/grpc.health.v1.Health/" + std::to_string(i);
    const Method unknown{path, CallKind::kUnary, false};
    refused += call(unknown).code() == kResourceExhausted;
  }
  EXPECT_EQ(refused, 9999);
  EXPECT_EQ(sheds("method_rate", "other"), 9999);
  EXPECT_LE(metrics_->size(), 4u) << "no method of a peer's making is a label";
}

TEST_F(RateLimit, LimitsEverybodyWhenPeersAreMany) {
  limit({.each_peer = Rate{.per_second = 1, .burst = 1}, .max_peers = 100});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(call(kLimitedGet, "unix:/peer/" + std::to_string(i)).code(), kOk);
  EXPECT_EQ(call(kLimitedGet, "unix:/peer/999").code(), kResourceExhausted) << "those that came last are remembered";
}

TEST_F(RateLimit, IsCountedAndLoggedOnceASecond) {
  limit({.each_method = Rate{.per_second = 0.001, .burst = 1}, .each_peer = Rate{.per_second = 0.001, .burst = 3}});
  for (int i = 0; i < 5; ++i) call();
  EXPECT_THAT(log_->take(), ElementsAre("grpc_calls_shed reason=method_rate method=/test.Text/Get count=1"));
  for (int i = 0; i < 5; ++i) call(kLimitedGet, "ipv4:10.0.0.2:1");
  EXPECT_THAT(log_->take(), ElementsAre()) << "not so soon";
  worker_.advance(1s);
  call();
  EXPECT_THAT(log_->take(), ElementsAre("grpc_calls_shed reason=method_rate method=/test.Text/Get count=9"));
  EXPECT_EQ(sheds("method_rate", "/test.Text/Get"), 10);
  EXPECT_EQ(sheds("peer_rate", "/test.Text/Get"), 0);
}

TEST_F(RateLimit, NeedsNeitherMetricsNorALog) {
  chain_.front() =
      std::make_shared<RateLimitInterceptor>(RateLimitInterceptor({.each_method = Rate{.per_second = 1, .burst = 1}}));
  call();
  EXPECT_EQ(call().code(), kResourceExhausted);
}

TEST(RateLimitDeathTest, RefusesWhatIsNoRateWhenItIsBuilt) {
  EXPECT_DEATH(RateLimitInterceptor({.each_method = Rate{.per_second = 0}}), "more than 0");
  EXPECT_DEATH(RateLimitInterceptor({.methods = {{"/a.B/C", Rate{.per_second = -1}}}}), "more than 0");
  EXPECT_DEATH(RateLimitInterceptor({.each_peer = Rate{.per_second = 1}, .max_peers = 0}), "at least one");
}

}  // namespace
}  // namespace plinth

#include "client/retry_policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using enum StatusCode;

constexpr Pushback kNoPushback;
constexpr Pushback kStop{.kind = Pushback::Kind::kStop};
constexpr bool kCommitted = true;
constexpr bool kNotCommitted = false;

Pushback retry_in(Duration delay) { return {.kind = Pushback::Kind::kDelay, .delay = delay}; }

std::vector<StatusCode> all_codes() {
  std::vector<StatusCode> codes;
  for (int code = 0; code <= static_cast<int>(kUnauthenticated); ++code) codes.push_back(static_cast<StatusCode>(code));
  return codes;
}

/// The attempts of one call, with waits of 1, 2, 4 and at most 5 s.
class RetryStateTest : public testing::Test {
 protected:
  RetryState state(std::uint32_t max_attempts, RetryThrottle* throttle = nullptr) {
    const RetryPolicy policy{.max_attempts = max_attempts,
                             .backoff = {.initial = 1s, .multiplier = 2, .jitter = kRetryJitter, .max = 5s},
                             .retryable_codes = {kUnavailable, kAborted}};
    return {policy, throttle, [] { return 0.5; }};
  }

  std::optional<Duration> fail(RetryState& state, StatusCode code = kUnavailable) {
    return state.on_attempt_end(code, kNoPushback, kNotCommitted);
  }
};

TEST(StatusCodeSet, HasWhatWasAdded) {
  for (const auto code : all_codes()) {
    StatusCodeSet set;
    EXPECT_TRUE(set.empty());
    set.add(code);
    EXPECT_FALSE(set.empty());
    for (const auto other : all_codes()) EXPECT_EQ(set.contains(other), other == code) << to_string(other);
  }
  EXPECT_EQ((StatusCodeSet{kAborted, kUnavailable}), (StatusCodeSet{kUnavailable, kAborted}));
}

TEST(RetryPolicyOfSettings, CountsTheFirstAttempt) {
  ClientSettings settings;
  EXPECT_EQ(retry_policy_of(settings).max_attempts, 4u);
  settings.max_retries = 0;
  EXPECT_EQ(retry_policy_of(settings).max_attempts, 1u);
  settings.max_retries = 10;
  EXPECT_EQ(retry_policy_of(settings).max_attempts, 11u);
}

TEST(RetryPolicyOfSettings, IsBounded) { EXPECT_EQ(retry_policy_of({.max_retries = SIZE_MAX}).max_attempts, 11u); }

TEST(RetryPolicyOfSettings, HasOneAttemptWhenRetryIsOff) {
  EXPECT_EQ(retry_policy_of({.enable_retry = false}).max_attempts, 1u);
}

TEST(RetryPolicyOfSettings, TakesTheBackoffFromThem) {
  const auto backoff =
      retry_policy_of({.retry_backoff_base = 2s, .retry_backoff_max = 7s, .retry_backoff_multiplier = 3}).backoff;
  EXPECT_EQ(backoff.initial, 2s);
  EXPECT_EQ(backoff.max, 7s);
  EXPECT_EQ(backoff.multiplier, 3);
  EXPECT_EQ(backoff.jitter, 0.2);
}

TEST(RetryPolicyOfSettings, RetriesThreeCodes) {
  const auto codes = retry_policy_of({}).retryable_codes;
  for (const auto code : all_codes()) {
    const bool retried = code == kUnavailable || code == kResourceExhausted || code == kAborted;
    EXPECT_EQ(codes.contains(code), retried) << to_string(code);
  }
}

TEST(ParsePushback, NoValueIsNoPushback) { EXPECT_EQ(parse_pushback(std::nullopt).kind, Pushback::Kind::kNone); }

TEST(ParsePushback, ANumberIsADelay) {
  for (const auto& [text, delay] : {std::pair{"0", 0ms}, {"1", 1ms}, {"250", 250ms}, {"2147483647", 2147483647ms}}) {
    const auto pushback = parse_pushback(text);
    EXPECT_EQ(pushback.kind, Pushback::Kind::kDelay) << text;
    EXPECT_EQ(pushback.delay, delay) << text;
  }
}

TEST(ParsePushback, AnythingElseStops) {
  for (const char* text : {"", " ", "-1", "-0", "-2147483648", "2147483648", "99999999999999999999", "+1", "1 ", " 1",
                           "01", "00", "1.5", "1e3", "0x10", "soon", "1s", "1\n", "\xff"}) {
    EXPECT_EQ(parse_pushback(text).kind, Pushback::Kind::kStop) << "'" << text << "'";
  }
  EXPECT_EQ(parse_pushback(std::string_view("1\0", 2)).kind, Pushback::Kind::kStop);
}

TEST_F(RetryStateTest, RetriesUntilTheAttemptsAreUsedUp) {
  auto call = state(3);
  EXPECT_EQ(fail(call), 1s);
  EXPECT_EQ(fail(call), 2s);
  EXPECT_EQ(fail(call), std::nullopt);
}

TEST_F(RetryStateTest, OneAttemptIsNoRetry) {
  auto call = state(1);
  EXPECT_EQ(fail(call), std::nullopt);
}

TEST_F(RetryStateTest, CountsPreviousAttempts) {
  auto call = state(3);
  EXPECT_EQ(call.previous_attempts(), 0u);
  fail(call);
  EXPECT_EQ(call.previous_attempts(), 1u);
  fail(call);
  EXPECT_EQ(call.previous_attempts(), 2u);
  fail(call);
  EXPECT_EQ(call.previous_attempts(), 2u) << "there was no further attempt";
}

TEST_F(RetryStateTest, TheWaitsHaveALimit) {
  auto call = state(10);
  for (const auto expected : {1s, 2s, 4s, 5s, 5s}) EXPECT_EQ(fail(call), expected);
}

TEST_F(RetryStateTest, RetriesOnlyTheCodesOfItsPolicy) {
  for (const auto code : all_codes()) {
    auto call = state(3);
    EXPECT_EQ(fail(call, code).has_value(), code == kUnavailable || code == kAborted) << to_string(code);
  }
}

TEST_F(RetryStateTest, SuccessIsNeverRetried) {
  RetryState call({.max_attempts = 3, .backoff = kConnectionBackoff, .retryable_codes = {kOk}}, nullptr);
  EXPECT_EQ(call.on_attempt_end(kOk, kNoPushback, kNotCommitted), std::nullopt) << "whatever a policy says";
  EXPECT_EQ(call.on_attempt_end(kOk, retry_in(1s), kNotCommitted), std::nullopt);
}

TEST_F(RetryStateTest, ACommittedCallIsNotRetried) {
  auto call = state(3);
  EXPECT_EQ(call.on_attempt_end(kUnavailable, kNoPushback, kCommitted), std::nullopt);
  EXPECT_EQ(call.on_attempt_end(kUnavailable, retry_in(1s), kCommitted), std::nullopt);
}

TEST_F(RetryStateTest, TheServerMayStopIt) {
  auto call = state(3);
  EXPECT_EQ(call.on_attempt_end(kUnavailable, kStop, kNotCommitted), std::nullopt);
}

TEST_F(RetryStateTest, TheServerMaySayWhen) {
  auto call = state(4);
  EXPECT_EQ(call.on_attempt_end(kUnavailable, retry_in(77ms), kNotCommitted), 77ms) << "exactly";
  EXPECT_EQ(call.on_attempt_end(kUnavailable, retry_in(0ms), kNotCommitted), 0ms);
}

TEST_F(RetryStateTest, AfterAPushbackTheBackoffBeginsAnew) {
  auto call = state(10);
  fail(call);
  fail(call);
  call.on_attempt_end(kUnavailable, retry_in(77ms), kNotCommitted);
  EXPECT_EQ(fail(call), 1s);
  EXPECT_EQ(fail(call), 2s);
}

TEST_F(RetryStateTest, APushbackGivesNoRetryThatTheStatusWouldNotHave) {
  auto call = state(3);
  EXPECT_EQ(call.on_attempt_end(kInvalidArgument, retry_in(1s), kNotCommitted), std::nullopt);
}

TEST_F(RetryStateTest, APushbackGivesNoMoreAttempts) {
  auto call = state(1);
  EXPECT_EQ(call.on_attempt_end(kUnavailable, retry_in(1s), kNotCommitted), std::nullopt);
}

TEST_F(RetryStateTest, IsThrottled) {
  RetryThrottle throttle({.max_tokens = 4, .token_ratio_thousandths = 1000});
  auto call = state(10, &throttle);
  EXPECT_TRUE(fail(call)) << "3 of 4 tokens are left";
  EXPECT_FALSE(fail(call)) << "half is not enough";
  auto other = state(10, &throttle);
  EXPECT_FALSE(fail(other)) << "the bucket is everybody's";
}

TEST_F(RetryStateTest, AThrottledCallIsNotRetriedWhenTheServerSaysWhen) {
  RetryThrottle throttle({.max_tokens = 2});
  auto call = state(10, &throttle);
  EXPECT_EQ(call.on_attempt_end(kUnavailable, retry_in(1s), kNotCommitted), std::nullopt);
}

TEST_F(RetryStateTest, OnlyWhatMightBeRetriedTakesATokenOrAStop) {
  const auto takes = [&](StatusCode code, Pushback pushback) {
    RetryThrottle throttle({.max_tokens = 2});
    auto call = state(10, &throttle);
    call.on_attempt_end(code, pushback, kNotCommitted);
    return !throttle.allows();
  };
  EXPECT_TRUE(takes(kUnavailable, kNoPushback));
  EXPECT_TRUE(takes(kUnavailable, kStop));
  EXPECT_TRUE(takes(kInvalidArgument, kStop));
  EXPECT_FALSE(takes(kInvalidArgument, kNoPushback));
  EXPECT_FALSE(takes(kInvalidArgument, retry_in(1s)));
  EXPECT_FALSE(takes(kOk, kStop));
}

TEST_F(RetryStateTest, FailuresCountWhenThereIsNoRetryToo) {
  RetryThrottle throttle({.max_tokens = 6});
  for (int i = 0; i < 3; ++i) {
    auto call = state(1, &throttle);
    EXPECT_TRUE(throttle.allows());
    call.on_attempt_end(kUnavailable, kNoPushback, kCommitted);
  }
  EXPECT_FALSE(throttle.allows());
}

TEST_F(RetryStateTest, SuccessGivesTokensBack) {
  RetryThrottle throttle({.max_tokens = 2, .token_ratio_thousandths = 500});
  auto call = state(10, &throttle);
  fail(call);
  EXPECT_FALSE(throttle.allows());
  EXPECT_EQ(call.on_attempt_end(kOk, kNoPushback, kNotCommitted), std::nullopt);
  EXPECT_TRUE(throttle.allows());
}

}  // namespace
}  // namespace plinth::client

#include "admin/slow_calls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow = TimePoint(1000h);

SlowCall call(Duration duration) {
  return {.method = "/test.Test/Call",
          .duration = duration,
          .status = StatusCode::kOk,
          .correlation_id = "",
          .peer = "",
          .ended = {}};
}

void offer(SlowCalls& calls, Duration duration, TimePoint now) {
  if (calls.wants(duration, now)) calls.add(call(duration));
}

std::multiset<Duration> durations(SlowCalls& calls, TimePoint now) {
  std::multiset<Duration> result;
  for (const auto& each : calls.at(now)) result.insert(each.duration);
  return result;
}

TEST(SlowCalls, KeepsTheSlowestWhateverTheirOrder) {
  SlowCalls calls;
  for (int i = 0; i < 100; ++i) offer(calls, 1ms * ((i * 37) % 100), kNow);
  const auto kept = durations(calls, kNow);
  EXPECT_EQ(kept.size(), SlowCalls::kMost);
  EXPECT_EQ(*kept.begin(), 80ms);
  EXPECT_EQ(*kept.rbegin(), 99ms);
}

TEST(SlowCalls, DoesNotWantWhatIsFasterThanAllThatItHas) {
  SlowCalls calls;
  for (std::size_t i = 0; i < SlowCalls::kMost; ++i) offer(calls, 10ms, kNow);
  EXPECT_FALSE(calls.wants(9ms, kNow));
  EXPECT_FALSE(calls.wants(10ms, kNow));
  EXPECT_TRUE(calls.wants(11ms, kNow));
}

TEST(SlowCalls, RemembersOnePeriodMoreAndThenForgets) {
  SlowCalls calls;
  offer(calls, 5s, kNow);
  offer(calls, 1ms, kNow + SlowCalls::kPeriod);
  EXPECT_EQ(durations(calls, kNow + SlowCalls::kPeriod), (std::multiset<Duration>{1ms, 5s}));
  offer(calls, 2ms, kNow + 2 * SlowCalls::kPeriod);
  EXPECT_EQ(durations(calls, kNow + 2 * SlowCalls::kPeriod), (std::multiset<Duration>{1ms, 2ms}));
}

TEST(SlowCalls, ForgetsBothPeriodsWhenNothingHasHappenedForLong) {
  SlowCalls calls;
  offer(calls, 5s, kNow);
  EXPECT_TRUE(durations(calls, kNow + 2 * SlowCalls::kPeriod).empty());
}

}  // namespace
}  // namespace plinth::admin

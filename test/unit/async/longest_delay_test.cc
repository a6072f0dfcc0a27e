#include "async/longest_delay.h"

#include <gtest/gtest.h>

namespace plinth {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = LongestDelay::kPeriod;
const TimePoint kStart = TimePoint(1000h);

TEST(LongestDelay, IsZeroBeforeTheFirst) { EXPECT_EQ(LongestDelay().at(kStart), 0ns); }

TEST(LongestDelay, IsTheLongestOfAPeriod) {
  LongestDelay delays;
  delays.note(kStart, 2ms);
  delays.note(kStart + 1s, 7ms);
  delays.note(kStart + 2s, 1ms);
  EXPECT_EQ(delays.at(kStart + 2s), 7ms);
}

TEST(LongestDelay, IsRememberedForThePeriodAfterItsOwn) {
  LongestDelay delays;
  delays.note(kStart, 7ms);
  delays.note(kStart + kPeriod, 1ms);
  EXPECT_EQ(delays.at(kStart + kPeriod), 7ms);
  delays.note(kStart + 2 * kPeriod, 2ms);
  EXPECT_EQ(delays.at(kStart + 2 * kPeriod), 2ms);
}

TEST(LongestDelay, IsForgottenWhenTheLoopHasBeenQuiet) {
  LongestDelay delays;
  delays.note(kStart, 7ms);
  EXPECT_EQ(delays.at(kStart + kPeriod), 7ms);
  EXPECT_EQ(delays.at(kStart + 2 * kPeriod), 0ns);
  delays.note(kStart + 2 * kPeriod, 1ms);
  EXPECT_EQ(delays.at(kStart + 2 * kPeriod), 1ms) << "what was long before is not the period before";
}

}  // namespace
}  // namespace plinth

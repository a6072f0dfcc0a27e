#include "async/longest_turn.h"

#include <gtest/gtest.h>

namespace plinth {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = LongestTurn::kPeriod;
const TimePoint kStart = TimePoint(1000h);

TEST(LongestTurn, IsZeroBeforeTheFirst) { EXPECT_EQ(LongestTurn().at(kStart), 0ns); }

TEST(LongestTurn, IsTheLongestOfAPeriod) {
  LongestTurn turns;
  turns.note(kStart, 2ms);
  turns.note(kStart + 1s, 7ms);
  turns.note(kStart + 2s, 1ms);
  EXPECT_EQ(turns.at(kStart + 2s), 7ms);
}

TEST(LongestTurn, IsRememberedForThePeriodAfterItsOwn) {
  LongestTurn turns;
  turns.note(kStart, 7ms);
  turns.note(kStart + kPeriod, 1ms);
  EXPECT_EQ(turns.at(kStart + kPeriod), 7ms);
  turns.note(kStart + 2 * kPeriod, 2ms);
  EXPECT_EQ(turns.at(kStart + 2 * kPeriod), 2ms);
}

TEST(LongestTurn, IsForgottenWhenTheLoopHasBeenQuiet) {
  LongestTurn turns;
  turns.note(kStart, 7ms);
  EXPECT_EQ(turns.at(kStart + kPeriod), 7ms);
  EXPECT_EQ(turns.at(kStart + 2 * kPeriod), 0ns);
  turns.note(kStart + 2 * kPeriod, 1ms);
  EXPECT_EQ(turns.at(kStart + 2 * kPeriod), 1ms) << "what was long before is not the period before";
}

}  // namespace
}  // namespace plinth

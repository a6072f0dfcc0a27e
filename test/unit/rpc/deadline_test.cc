#include "plinth/deadline.h"

#include <gtest/gtest.h>

namespace plinth {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kNow{1000s};

TEST(Deadline, NoneIsNeverReached) {
  constexpr Deadline none;
  EXPECT_FALSE(none.is_set());
  EXPECT_FALSE(none.expired(kNow));
  EXPECT_EQ(none.remaining(kNow), Duration::max());
}

TEST(Deadline, IsATimeoutFromNow) {
  constexpr auto deadline = Deadline::after(kNow, 5s);
  EXPECT_TRUE(deadline.is_set());
  EXPECT_EQ(deadline.at(), TimePoint{1005s});
  EXPECT_EQ(deadline.remaining(kNow + 2s), 3s);
}

TEST(Deadline, ExpiresAtItsPoint) {
  constexpr Deadline deadline(kNow);
  EXPECT_FALSE(deadline.expired(kNow - 1ns));
  EXPECT_TRUE(deadline.expired(kNow));
  EXPECT_EQ(deadline.remaining(kNow + 1s), 0s) << "what is left is never negative";
}

TEST(Deadline, ATimeoutTooLongForTheClockIsNoLimit) {
  EXPECT_FALSE(Deadline::after(kNow, Duration::max()).is_set());
  EXPECT_FALSE(Deadline::after(kNow, Duration::max() - 1000s).is_set());
  EXPECT_TRUE(Deadline::after(kNow, Duration::max() - 1001s).is_set());
}

TEST(Deadline, ANegativeTimeoutHasPassed) {
  EXPECT_TRUE(Deadline::after(kNow, -1s).expired(kNow));
  EXPECT_TRUE(Deadline::after(kNow, Duration::min()).expired(kNow));
}

TEST(Deadline, TheEarlierIsLess) {
  const auto soon = Deadline::after(kNow, 1s), late = Deadline::after(kNow, 2s);
  EXPECT_LT(soon, late);
  EXPECT_LT(late, Deadline()) << "no limit comes after every limit";
  EXPECT_EQ(std::min(Deadline(), soon), soon);
}

}  // namespace
}  // namespace plinth

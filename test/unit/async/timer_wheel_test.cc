#include "async/timer_wheel.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace plinth {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{std::chrono::hours(1)};

class Alarm final : public Timer {
 public:
  explicit Alarm(std::function<void()> then = [] {}) : then_(std::move(then)) {}
  void on_timer() noexcept override {
    ++fired;
    then_();
  }
  int fired = 0;

 private:
  std::function<void()> then_;
};

class TimerWheelTest : public testing::Test {
 protected:
  void arm(Timer& timer, Duration after) { wheel.arm(timer, kStart + after); }
  void advance(Duration after) { wheel.advance(kStart + after); }
  /// Goes from one `next` to the following, as a loop does, until `alarm` fires; gives when.
  Duration run_until_fired(const Alarm& alarm) {
    while (alarm.fired == 0) {
      const auto next = wheel.next();
      if (!next) return Duration::max();
      wheel.advance(*next);
      last = *next - kStart;
    }
    return last;
  }

  TimerWheel wheel{kStart};
  Duration last{};
};

TEST_F(TimerWheelTest, IsEmptyAtFirst) {
  EXPECT_EQ(wheel.next(), std::nullopt);
  advance(1h);
  EXPECT_EQ(wheel.next(), std::nullopt);
  EXPECT_FALSE(wheel.take_earlier());
}

TEST_F(TimerWheelTest, FiresOnceAndNotEarly) {
  Alarm alarm;
  arm(alarm, 10ms);
  EXPECT_TRUE(alarm.armed());
  advance(9'999us);
  EXPECT_EQ(alarm.fired, 0);
  advance(10ms);
  EXPECT_EQ(alarm.fired, 1);
  EXPECT_FALSE(alarm.armed());
  advance(1h);
  EXPECT_EQ(alarm.fired, 1);
}

TEST_F(TimerWheelTest, RoundsUpToTheMillisecond) {
  Alarm alarm;
  arm(alarm, 10ms + 1ns);
  advance(10ms + 999us);
  EXPECT_EQ(alarm.fired, 0) << "a timer is never early";
  advance(11ms);
  EXPECT_EQ(alarm.fired, 1);
}

TEST_F(TimerWheelTest, FiresWhatIsDueAlreadyWithinAMillisecond) {
  advance(100ms);
  Alarm past, now, before_start;
  arm(past, 50ms);
  arm(now, 100ms);
  arm(before_start, -1h);
  advance(101ms);
  EXPECT_EQ(past.fired, 1);
  EXPECT_EQ(now.fired, 1);
  EXPECT_EQ(before_start.fired, 1);
}

TEST_F(TimerWheelTest, DoesNotFireWhatIsDisarmedOrDestroyed) {
  Alarm disarmed;
  auto destroyed = std::make_unique<Alarm>();
  arm(disarmed, 10ms);
  arm(*destroyed, 10ms);
  disarmed.disarm();
  destroyed.reset();
  EXPECT_FALSE(disarmed.armed());
  advance(1s);
  EXPECT_EQ(disarmed.fired, 0);
}

TEST_F(TimerWheelTest, NextEndsWhenAllAreDisarmed) {
  std::deque<Alarm> alarms(4);
  for (int i = 0; auto& alarm : alarms) arm(alarm, 1ms * (1 << 7 * i++));
  for (auto& alarm : alarms) alarm.disarm();
  for (int turns = 0; turns < 10 && wheel.next(); ++turns) wheel.advance(*wheel.next());
  EXPECT_EQ(wheel.next(), std::nullopt) << "an idle loop must come to rest";
}

TEST_F(TimerWheelTest, ArmingAgainMovesATimer) {
  Alarm later, earlier;
  arm(later, 10ms);
  arm(later, 300ms);
  arm(earlier, 300ms);
  arm(earlier, 10ms);
  advance(299ms);
  EXPECT_EQ(later.fired, 0);
  EXPECT_EQ(earlier.fired, 1);
  advance(300ms);
  EXPECT_EQ(later.fired, 1);
  EXPECT_EQ(earlier.fired, 1);
}

/// Each distance at which a timer changes wheels, armed at starts that lie differently in their slots, with and without
/// a turn shortly before it is due.
class TimerWheelDistances : public TimerWheelTest,
                            public testing::WithParamInterface<std::tuple<std::int64_t, std::int64_t>> {};

TEST_P(TimerWheelDistances, FiresAtItsTime) {
  const auto start = std::get<0>(GetParam()) * 1ms, due = start + std::get<1>(GetParam()) * 1ms;
  advance(start);
  Alarm alarm;
  arm(alarm, due);
  EXPECT_EQ(run_until_fired(alarm), due);
}

TEST_P(TimerWheelDistances, FiresInOneLeap) {
  const auto start = std::get<0>(GetParam()) * 1ms, due = start + std::get<1>(GetParam()) * 1ms;
  advance(start);
  Alarm alarm;
  arm(alarm, due);
  advance(due - 1ms);
  EXPECT_EQ(alarm.fired, 0);
  ASSERT_TRUE(wheel.next());
  EXPECT_LE(*wheel.next(), kStart + due) << "next is never later than the earliest timer";
  advance(due);
  EXPECT_EQ(alarm.fired, 1);
}

TEST_P(TimerWheelDistances, FiresAfterManyTurns) {
  const auto start = std::get<0>(GetParam()) * 1ms, due = start + std::get<1>(GetParam()) * 1ms;
  advance(start);
  Alarm alarm;
  arm(alarm, due);
  for (auto left = due - start; left > 1ms; left -= std::max<std::chrono::milliseconds>(left / 7, 1ms)) {
    advance(due - left);
    ASSERT_EQ(alarm.fired, 0) << (left / 1ms) << " ms early";
  }
  advance(due);
  EXPECT_EQ(alarm.fired, 1);
}

constexpr std::int64_t kDay = 24 * 3600 * 1000;
INSTANTIATE_TEST_SUITE_P(
    AllWheels, TimerWheelDistances,
    testing::Combine(testing::Values(0, 1, 255, 256, 257, 65'535, 65'536, 16'777'215, 16'777'216, 123'456'789),
                     testing::Values(1, 2, 255, 256, 257, 511, 512, 1'000, 65'535, 65'536, 65'537, 16'777'215,
                                     16'777'216, 16'777'217, (1LL << 32) - 1, 1LL << 32, (1LL << 32) + 1, 365 * kDay)));

TEST_F(TimerWheelTest, TakesTheFarthestTime) {
  Alarm alarm;
  wheel.arm(alarm, TimePoint::max());
  EXPECT_TRUE(wheel.next());
  advance(400 * 24h);
  EXPECT_EQ(alarm.fired, 0);
  EXPECT_TRUE(alarm.armed());
}

TEST_F(TimerWheelTest, FiresInTheOrderOfTimeWithinOneAdvance) {
  std::vector<int> order;
  std::deque<Alarm> alarms;
  const std::vector<std::int64_t> times = {70'000, 3, 300, 17'000'000, 255, 256};
  for (int i = 0; auto time : times) {
    arm(alarms.emplace_back([&order, i] { order.push_back(i); }), time * 1ms);
    ++i;
  }
  advance(17'000'000ms);
  EXPECT_EQ(order, (std::vector{1, 4, 5, 2, 0, 3}));
}

TEST_F(TimerWheelTest, TellsWhenNextBecomesEarlier) {
  Alarm first, second, third;
  arm(first, 200ms);
  EXPECT_TRUE(wheel.take_earlier());
  EXPECT_FALSE(wheel.take_earlier()) << "once";
  arm(second, 201ms);
  EXPECT_FALSE(wheel.take_earlier());
  arm(third, 199ms);
  EXPECT_TRUE(wheel.take_earlier());
  advance(1s);
  Alarm fourth;
  arm(fourth, 2s);
  EXPECT_TRUE(wheel.take_earlier()) << "the first of an empty wheel";
}

}  // namespace
}  // namespace plinth

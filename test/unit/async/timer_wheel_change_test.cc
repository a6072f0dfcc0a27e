#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "async/timer_wheel.h"

/// Timers that change while the wheel turns, and many of them against a model.
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

TEST(TimerWheelChange, ATimerMayArmItselfAgain) {
  TimerWheel wheel(kStart);
  int rounds = 0;
  std::optional<Alarm> alarm;
  alarm.emplace([&] {
    if (++rounds < 1'000) wheel.arm(*alarm, kStart + rounds * 300ms);
  });
  wheel.arm(*alarm, kStart);
  for (auto now = kStart; now < kStart + 300s; now += 1ms) wheel.advance(now);
  EXPECT_EQ(rounds, 1'000);
}

TEST(TimerWheelChange, ATimerArmedForNowInsideOfATimerEndsTheAdvance) {
  TimerWheel wheel(kStart);
  int rounds = 0;
  std::optional<Alarm> alarm;
  alarm.emplace([&] {
    ++rounds;
    wheel.arm(*alarm, kStart + 10ms);
  });
  wheel.arm(*alarm, kStart + 10ms);
  wheel.advance(kStart + 10ms);
  EXPECT_EQ(rounds, 1) << "a timer that is always due must not hold the loop";
  wheel.advance(kStart + 11ms);
  EXPECT_EQ(rounds, 2);
}

TEST(TimerWheelChange, ATimerArmedInsideOfALeapFiresInIt) {
  TimerWheel wheel(kStart);
  Alarm inner;
  Alarm outer([&] { wheel.arm(inner, kStart + 70s); });
  wheel.arm(outer, kStart + 65'536ms);
  wheel.advance(kStart + 100s);
  EXPECT_EQ(inner.fired, 1);
}

TEST(TimerWheelChange, ATimerMayDisarmOrMoveOthersOfItsSlot) {
  TimerWheel wheel(kStart);
  Alarm disarmed, moved;
  std::optional<Alarm> destroyed(std::in_place);
  Alarm first([&] {
    disarmed.disarm();
    destroyed.reset();
    wheel.arm(moved, kStart + 20ms);
  });
  for (Timer* timer : std::initializer_list<Timer*>{&first, &disarmed, &*destroyed, &moved})
    wheel.arm(*timer, kStart + 10ms);
  wheel.advance(kStart + 10ms);
  EXPECT_EQ(disarmed.fired, 0);
  EXPECT_EQ(moved.fired, 0);
  wheel.advance(kStart + 20ms);
  EXPECT_EQ(moved.fired, 1);
}

TEST(TimerWheelChange, ATimerAtTheVeryBoundaryMayArmAWholeRoundAhead) {
  for (const auto round : {256ms, 65'536ms, 16'777'216ms}) {
    TimerWheel wheel(kStart);
    Alarm inner;
    Alarm outer([&] { wheel.arm(inner, kStart + 2 * round); });
    wheel.arm(outer, kStart + round);
    wheel.advance(kStart + round);
    EXPECT_EQ(outer.fired, 1);
    wheel.advance(kStart + 2 * round - 1ms);
    EXPECT_EQ(inner.fired, 0) << round.count();
    wheel.advance(kStart + 2 * round);
    EXPECT_EQ(inner.fired, 1) << round.count();
  }
}

TEST(TimerWheelChange, TimersOutliveTheWheel) {
  Alarm alarm;
  {
    TimerWheel wheel(kStart);
    wheel.arm(alarm, kStart + 1s);
  }
  EXPECT_FALSE(alarm.armed());
}

/// What the wheel must do, in the plainest way.
class Model {
 public:
  explicit Model(std::size_t size) : where_(size) {}

  void arm(std::size_t timer, std::int64_t tick) {
    disarm(timer);
    where_[timer] = queue_.emplace(tick, timer);
  }
  void disarm(std::size_t timer) {
    if (where_[timer]) queue_.erase(*std::exchange(where_[timer], std::nullopt));
  }
  std::vector<std::size_t> advance(std::int64_t now) {
    std::vector<std::size_t> fired;
    while (!queue_.empty() && queue_.begin()->first <= now) {
      fired.push_back(queue_.begin()->second);
      disarm(fired.back());
    }
    return fired;
  }
  std::optional<std::int64_t> earliest() const {
    return queue_.empty() ? std::nullopt : std::optional(queue_.begin()->first);
  }

 private:
  using Queue = std::multimap<std::int64_t, std::size_t>;
  Queue queue_;
  std::vector<std::optional<Queue::iterator>> where_;
};

class TimerWheelModel : public testing::TestWithParam<unsigned> {
 protected:
  static constexpr std::size_t kTimers = 3'000;

  /// Any size of step, the small ones as often as the large.
  std::int64_t pick(int most_bits) {
    return static_cast<std::int64_t>(random_() & ((1ull << random_() % most_bits) - 1));
  }

  void change() {
    const auto timer = random_() % kTimers;
    if (random_() % 4 == 0) {
      timers_[timer].disarm();
      model_.disarm(timer);
    } else {
      const auto tick = std::max(now_ + 1, now_ + pick(34));
      wheel_.arm(timers_[timer], kStart + tick * 1ms);
      model_.arm(timer, tick);
    }
  }

  void advance() {
    now_ += pick(26);
    fired_.clear();
    wheel_.advance(kStart + now_ * 1ms);
    auto expected = model_.advance(now_);
    std::ranges::sort(fired_);
    std::ranges::sort(expected);
    ASSERT_EQ(fired_, expected) << "at " << now_ << " ms";
    if (const auto earliest = model_.earliest()) {
      ASSERT_TRUE(wheel_.next());
      ASSERT_LE(*wheel_.next(), kStart + *earliest * 1ms) << "the loop would sleep too long";
      ASSERT_GT(*wheel_.next(), kStart + now_ * 1ms) << "the loop would spin";
    }
  }

  std::mt19937_64 random_{GetParam()};
  TimerWheel wheel_{kStart};
  Model model_{kTimers};
  std::vector<std::size_t> fired_;
  std::deque<Alarm> timers_ = [this] {
    std::deque<Alarm> timers;
    for (std::size_t i = 0; i < kTimers; ++i) timers.emplace_back([this, i] { fired_.push_back(i); });
    return timers;
  }();
  std::int64_t now_ = 0;
};

TEST_P(TimerWheelModel, FiresTheSameTimers) {
  for (int round = 0; round < 2'000; ++round) {
    for (auto changes = random_() % 20; changes != 0; --changes) change();
    ASSERT_NO_FATAL_FAILURE(advance()) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerWheelModel, testing::Range(1u, 9u));

}  // namespace
}  // namespace plinth

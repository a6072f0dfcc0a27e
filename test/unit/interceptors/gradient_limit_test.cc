#include "interceptors/gradient_limit.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace plinth::interceptors {
namespace {

using namespace std::chrono_literals;

/// Keeps what it shows.
class KeptGauge final : public Gauge {
 public:
  void add(double amount) noexcept override { value += amount; }
  void set(double now) noexcept override { value = now; }
  double value = 0;
};

class GradientLimitTest : public ::testing::Test {
 protected:
  /// A service with so many threads, each call of which takes one for `work`; calls wait for one another.
  struct Service {
    double threads;
    Duration work;
    Duration latency(std::size_t running) const {
      return std::chrono::duration_cast<Duration>(work * std::max(1.0, static_cast<double>(running) / threads));
    }
  };

  /// For some windows, so many callers each have a call in flight: those that get a place.
  void run(const Service& service, std::size_t callers, int windows) {
    for (int i = 0; i < windows; ++i) {
      std::vector<GradientLimit::Place> places;
      for (std::size_t caller = 0; caller < callers; ++caller) {
        auto place = limit_.try_enter(now_);
        if (!place) break;
        places.push_back(std::move(place));
      }
      now_ += options_.window;
      const auto latency = service.latency(limit_.running());
      for (int calls = 0; calls < 10; ++calls) places.front().done(latency, false, now_);
    }
  }

  /// Calls that end late, beside others.
  void run_late(Duration latency, int late, int others) {
    std::vector<GradientLimit::Place> places;
    while (auto place = limit_.try_enter(now_)) places.push_back(std::move(place));
    now_ += options_.window;
    for (int i = 0; i < others; ++i) places.front().done(10ms, false, now_);
    for (int i = 0; i < late; ++i) places.front().done(latency, true, now_);
    for (int i = 0; i < 10; ++i) places.front().done(10ms, false, now_);
  }

  AdaptiveConcurrencyOptions options_;
  KeptGauge gauge_;
  TimePoint now_{1h};
  GradientLimit limit_{options_, &gauge_};
};

TEST_F(GradientLimitTest, LetsAsManyInAsItSays) {
  std::vector<GradientLimit::Place> places;
  while (auto place = limit_.try_enter(now_)) places.push_back(std::move(place));
  EXPECT_EQ(places.size(), options_.initial_limit);
  places.pop_back();
  EXPECT_TRUE(limit_.try_enter(now_));
}

TEST_F(GradientLimitTest, GivesPlacesBackHoweverCallsEnd) {
  {
    auto place = limit_.try_enter(now_);
    const auto moved = std::move(place);
    EXPECT_EQ(limit_.running(), 1u);
  }
  EXPECT_EQ(limit_.running(), 0u);
}

TEST_F(GradientLimitTest, GrowsWhileMoreCallsTakeNoLonger) {
  run({.threads = 1000, .work = 10ms}, 1, 5);
  run({.threads = 1000, .work = 10ms}, 10'000, 300);
  EXPECT_EQ(limit_.limit(), options_.max_limit);
}

TEST_F(GradientLimitTest, FindsWhatAServiceCanTake) {
  const Service service{.threads = 40, .work = 10ms};
  run(service, 1, 5);
  run(service, 10'000, 300);
  EXPECT_GE(limit_.limit(), 40u) << "no thread is idle";
  EXPECT_LE(limit_.limit(), 100u) << "and the queue is short";
}

TEST_F(GradientLimitTest, DoesNotGetUsedToAnOverloadThatLasts) {
  const Service service{.threads = 40, .work = 10ms};
  run(service, 1, 5);
  run(service, 10'000, 300);
  const auto found = limit_.limit();
  run(service, 10'000, 10'000);
  EXPECT_NEAR(static_cast<double>(limit_.limit()), static_cast<double>(found), 1);
}

TEST_F(GradientLimitTest, FindsItWhenTheOverloadWasThereFirst) {
  const Service service{.threads = 20, .work = 10ms};
  run(service, 10'000, 1000);
  EXPECT_GE(limit_.limit(), 20u);
  EXPECT_LE(limit_.limit(), 50u);
}

TEST_F(GradientLimitTest, LearnsThatAServiceHasBecomeSlowerForGood) {
  for (const auto work : {10ms, 20ms, 200ms, 300ms}) {
    run({.threads = 40, .work = work}, 10'000, 1000);
    EXPECT_GE(limit_.limit(), 40u) << work;
    EXPECT_LE(limit_.limit(), 100u) << work;
  }
}

TEST_F(GradientLimitTest, LearnsThatAServiceHasBecomeQuicker) {
  run({.threads = 40, .work = 200ms}, 1, 5);
  run({.threads = 40, .work = 10ms}, 10'000, 1000);
  EXPECT_LE(limit_.limit(), 100u) << "measured by the old latency more than 1000 would do";
}

TEST_F(GradientLimitTest, HoldsNobodyBackForMeasurementsWhileThereIsRoom) {
  for (int i = 0; i < 1000; ++i) {
    run({.threads = 1000, .work = 10ms}, 80, 1);
    ASSERT_GE(limit_.limit(), 100u);
  }
}

TEST_F(GradientLimitTest, DoesNotWaitForeverForCallsThatCouldBeMeasured) {
  run({.threads = 40, .work = 10ms}, 10'000, 1);
  ASSERT_EQ(limit_.limit(), options_.min_limit) << "it measures";
  std::vector<GradientLimit::Place> failing;
  while (auto place = limit_.try_enter(now_)) failing.push_back(std::move(place));
  now_ += 1s;
  EXPECT_FALSE(limit_.try_enter(now_));
  EXPECT_TRUE(limit_.try_enter(now_));
}

TEST_F(GradientLimitTest, StaysWhileItIsNotUsed) {
  run({.threads = 1000, .work = 10ms}, 10, 100);
  EXPECT_EQ(limit_.limit(), options_.initial_limit);
}

TEST_F(GradientLimitTest, StaysWithinItsBounds) {
  run({.threads = 1000, .work = 10ms}, 1, 5);
  run({.threads = 0.001, .work = 10ms}, 10'000, 20);
  EXPECT_GE(limit_.limit(), options_.min_limit);
  run({.threads = 1e9, .work = 1ns}, 10'000, 2000);
  EXPECT_EQ(limit_.limit(), options_.max_limit);
}

TEST_F(GradientLimitTest, ShrinksAsCallsComeTooLate) {
  run({.threads = 1000, .work = 10ms}, 1, 5);
  for (int i = 0; i < 100; ++i) run_late(20ms, 50, 50);
  EXPECT_LT(limit_.limit(), 10u);
}

TEST_F(GradientLimitTest, IsNotShrunkByCallersWithoutPatience) {
  run({.threads = 1000, .work = 10ms}, 1, 5);
  for (int i = 0; i < 100; ++i) run_late(1us, 1000, 10);
  EXPECT_GT(limit_.limit(), options_.initial_limit) << "late before anybody could have answered";
}

TEST_F(GradientLimitTest, WaitsForEnoughCalls) {
  std::vector<GradientLimit::Place> places;
  for (std::size_t i = 0; i < options_.initial_limit; ++i) places.push_back(limit_.try_enter(now_));
  for (int i = 0; i < 9; ++i) places.front().done(1ms, false, now_ += 1s);
  EXPECT_EQ(limit_.limit(), options_.initial_limit);
  places.front().done(1ms, false, now_ += 1s);
  EXPECT_GT(limit_.limit(), options_.initial_limit);
}

TEST_F(GradientLimitTest, ShowsTheLimit) {
  EXPECT_EQ(gauge_.value, 100);
  run({.threads = 1000, .work = 10ms}, 10'000, 10);
  EXPECT_EQ(gauge_.value, static_cast<double>(limit_.limit()));
}

TEST(GradientLimitDeathTest, RefusesOptionsOutOfBounds) {
  const auto build = [](AdaptiveConcurrencyOptions options) { GradientLimit(options, nullptr); };
  EXPECT_DEATH(build({.min_limit = 0}), "at least one call");
  EXPECT_DEATH(build({.min_limit = 50, .max_limit = 40, .initial_limit = 45}), "between the least");
  EXPECT_DEATH(build({.tolerance = 0.9}), "tolerance");
  EXPECT_DEATH(build({.smoothing = 0}), "smoothing");
  EXPECT_DEATH(build({.window = 0s}), "window");
}

}  // namespace
}  // namespace plinth::interceptors

// The wait in front of a worker: how it is measured, and when it is too long.

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "interceptors/codel.h"
#include "interceptors/loop_wait.h"
#include "support/manual_worker.h"

namespace plinth::interceptors {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::ManualWorker;

class CodelTest : public ::testing::Test {
 protected:
  /// One call after the other, for `time`: how many are refused.
  int take(Duration wait, Duration time) {
    int refused = 0;
    for (const auto end = now_ + time; now_ < end; now_ += 1ms) refused += codel_.refuses(wait, now_);
    return refused;
  }

  TimePoint now_{1h};
  Codel codel_{5ms, 100ms};
};

TEST_F(CodelTest, RefusesNothingWhileWaitsAreShort) { EXPECT_EQ(take(5ms, 10s), 0); }

TEST_F(CodelTest, LetsABurstPass) {
  take(0ms, 1s);
  EXPECT_EQ(take(50ms, 90ms), 0);
  EXPECT_EQ(take(0ms, 1s), 0);
}

TEST_F(CodelTest, RefusesWhatWaitsLongInAQueueThatStands) {
  take(11ms, 300ms);
  EXPECT_GE(take(11ms, 100ms), 98);
  EXPECT_EQ(take(10ms, 100ms), 0) << "twice the target is the limit";
}

TEST_F(CodelTest, GoesOnAsLongAsThereIsSomethingToRefuse) {
  take(11ms, 300ms);
  for (int i = 0; i < 20; ++i) {
    take(4ms, 50ms);
    EXPECT_GE(take(11ms, 50ms), 49) << "the shortest wait is below the target, but only because of what was refused";
  }
}

TEST_F(CodelTest, EndsAfterAnIntervalWithNothingToRefuse) {
  take(11ms, 300ms);
  take(4ms, 300ms);
  EXPECT_EQ(take(50ms, 90ms), 0);
}

TEST_F(CodelTest, ForgetsAfterAPause) {
  take(11ms, 300ms);
  now_ += 1min;
  EXPECT_EQ(take(50ms, 90ms), 0);
}

class LoopWaitTest : public ::testing::Test {
 protected:
  Duration measure() { return wait_->measure(*worker_, ManualClock::now()); }

  ManualWorker worker_;
  std::shared_ptr<LoopWait> wait_ = std::make_shared<LoopWait>();
};

TEST_F(LoopWaitTest, IsNothingOnAnIdleLoop) {
  for (int i = 0; i < 5; ++i) {
    worker_.turn([&] { EXPECT_EQ(measure(), 0s); });
    worker_.advance(10ms);
  }
}

TEST_F(LoopWaitTest, GrowsWithWhatTheTurnHasDone) {
  worker_.turn([&] {
    measure();
    ManualClock::advance(7ms);
    EXPECT_EQ(measure(), 7ms);
    ManualClock::advance(3ms);
    EXPECT_EQ(measure(), 10ms);
  });
}

TEST_F(LoopWaitTest, GrowsWithTheTurnsThatTheLoopHasToDoFirst) {
  std::vector<Duration> waits;
  worker_.turn([&] {
    for (int i = 0; i < 3; ++i) {
      worker_->post([&] {
        waits.push_back(measure());
        ManualClock::advance(4ms);
      });
    }
    measure();
  });
  EXPECT_THAT(waits, ::testing::ElementsAre(0ms, 4ms, 8ms));
  worker_.turn([&] { EXPECT_EQ(measure(), 6ms) << "half of what the loop took to go round"; });
}

TEST_F(LoopWaitTest, CountsHalfOfTheLastRoundForWhatWasReadAfterIt) {
  worker_.turn([&] {
    measure();
    ManualClock::advance(20ms);
  });
  worker_.turn([&] { EXPECT_EQ(measure(), 10ms); });
}

TEST_F(LoopWaitTest, DoesNotCountARoundThatIsLongOver) {
  worker_.turn([&] {
    measure();
    ManualClock::advance(20ms);
  });
  worker_.advance(6ms);
  worker_.turn([&] { EXPECT_EQ(measure(), 4ms); });
  worker_.advance(6ms);
  worker_.turn([&] { EXPECT_EQ(measure(), 0ms); });
}

TEST_F(LoopWaitTest, SurvivesItsLoop) {
  auto worker = std::make_optional<ManualWorker>();
  {
    Worker::Turn turn(**worker);
    wait_->measure(**worker, ManualClock::now());
  }
  worker.reset();
  ManualClock::advance(1h);
  worker_.turn([&] { EXPECT_EQ(measure(), 0s) << "the probe is gone, not late"; });
}

TEST_F(LoopWaitTest, MayBeDroppedWhileAProbeIsOnItsWay) {
  {
    Worker::Turn turn(*worker_);
    measure();
    wait_.reset();
  }
  worker_->poll();
}

}  // namespace
}  // namespace plinth::interceptors

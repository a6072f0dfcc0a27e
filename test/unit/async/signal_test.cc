#include "async/signal.h"

#include <gtest/gtest.h>

#include <optional>

#include "plinth/async.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::ManualWorker;
using test::Running;

class SignalTest : public testing::Test {
 protected:
  Task<void> wait_times(int times) {
    for (int i = 0; i < times; ++i) {
      co_await signal.wait();
      ++woken;
    }
  }

  ManualWorker worker;
  Signal signal;
  int woken = 0;
};

TEST_F(SignalTest, WakesWhoWaits) {
  Running waiting(worker, wait_times(2));
  EXPECT_EQ(woken, 0);
  worker.turn([&] {
    signal.set();
    EXPECT_EQ(woken, 0) << "set wakes later in the turn";
  });
  EXPECT_EQ(woken, 1);
  worker.turn([&] { signal.set(); });
  EXPECT_EQ(woken, 2);
  EXPECT_TRUE(waiting.done());
}

TEST_F(SignalTest, SetNowWakesInsideOfTheCall) {
  Running waiting(worker, wait_times(1));
  worker.turn([&] {
    signal.set_now();
    EXPECT_EQ(woken, 1);
  });
}

TEST_F(SignalTest, RemembersOneSetFromBefore) {
  worker.turn([&] {
    signal.set();
    signal.set();
    signal.set_now();
  });
  Running waiting(worker, wait_times(2));
  EXPECT_EQ(woken, 1) << "several sets before the wait count once";
  EXPECT_FALSE(waiting.done());
  worker.turn([&] { signal.set(); });
  EXPECT_TRUE(waiting.done());
}

TEST_F(SignalTest, ASetBetweenWakingAndWaitingIsNotLost) {
  Running waiting(worker, wait_times(2));
  worker.turn([&] {
    signal.set();
    signal.set();
  });
  EXPECT_EQ(woken, 2);
}

TEST_F(SignalTest, ThrowsWhenTheScopeIsCancelled) {
  CancelScope scope;
  Running waiting(worker, wait_times(1), &scope);
  worker.turn([&] { scope.cancel(aborted("stop")); });
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.status(), aborted("stop"));
  EXPECT_EQ(woken, 0);
}

TEST_F(SignalTest, ThrowsAtOnceInACancelledScope) {
  CancelScope scope;
  scope.cancel(aborted("before"));
  Running waiting(worker, wait_times(1), &scope);
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.status(), aborted("before"));
}

TEST_F(SignalTest, SetAndCancelInOneTurnWakeOnce) {
  CancelScope scope;
  Running set_first(worker, wait_times(1), &scope);
  worker.turn([&] {
    signal.set();
    scope.cancel(aborted("stop"));
  });
  ASSERT_TRUE(set_first.done());
  EXPECT_EQ(set_first.status(), aborted("stop"));
  Running next(worker, wait_times(1));
  EXPECT_TRUE(next.done()) << "nobody has seen the set yet";
  CancelScope other;
  Running cancelled_first(worker, wait_times(1), &other);
  worker.turn([&] {
    other.cancel(aborted("stop"));
    signal.set();
  });
  ASSERT_TRUE(cancelled_first.done());
  EXPECT_EQ(cancelled_first.status(), aborted("stop"));
}

TEST_F(SignalTest, ASetThatMetACancelledWaitIsKept) {
  CancelScope scope;
  Running cancelled(worker, wait_times(1), &scope);
  worker.turn([&] {
    scope.cancel(aborted("stop"));
    signal.set();
  });
  Running next(worker, wait_times(1));
  EXPECT_TRUE(next.done()) << "the set has woken nobody, so the next wait must see it";
}

TEST_F(SignalTest, CanBeWaitedForAgainAfterACancelledWait) {
  CancelScope scope;
  Running first(worker, wait_times(1), &scope);
  worker.turn([&] { scope.cancel(aborted("stop")); });
  Running second(worker, wait_times(1));
  EXPECT_FALSE(second.done());
  worker.turn([&] { signal.set(); });
  EXPECT_TRUE(second.done());
  EXPECT_TRUE(second.status().ok());
}

TEST_F(SignalTest, LeavesTheScopeOnceItIsSet) {
  CancelScope scope;
  auto then_sleep = [&]() -> Task<void> {
    co_await signal.wait();
    co_await sleep_for(1s);
  };
  Running waiting(worker, then_sleep(), &scope);
  worker.turn([&] { signal.set(); });
  worker.turn([&] { scope.cancel(aborted("stop")); });
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.status(), aborted("stop"));
}

TEST_F(SignalTest, ForgetsTheScopeOfAnEarlierWait) {
  CancelScope scope;
  Running first(worker, wait_times(1), &scope);
  worker.turn([&] { signal.set(); });
  ASSERT_TRUE(first.done());
  worker.turn([&] {
    scope.cancel(aborted("an earlier scope"));
    signal.set();
  });
  Running second(worker, wait_times(1));
  ASSERT_TRUE(second.done());
  EXPECT_TRUE(second.status().ok());
}

TEST_F(SignalTest, MayBeDestroyedByWhomItWakesInsideOfTheCall) {
  std::optional<Signal> own(std::in_place);
  auto owner = [&]() -> Task<void> {
    co_await own->wait();
    own.reset();
  };
  Running waiting(worker, owner());
  worker.turn([&] { own->set_now(); });
  EXPECT_TRUE(waiting.done());
}

}  // namespace
}  // namespace plinth

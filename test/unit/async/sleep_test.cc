#include <gtest/gtest.h>

#include <string>

#include "plinth/async.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::ManualWorker;
using test::Running;

TEST(Sleep, EndsWhenItsTimeHasCome) {
  ManualWorker worker;
  Running sleeping(worker, sleep_for(10s));
  worker.advance(9'999ms);
  EXPECT_FALSE(sleeping.done());
  worker.advance(1ms);
  EXPECT_TRUE(sleeping.done());
}

TEST(Sleep, EndsAtATimePoint) {
  ManualWorker worker;
  Running sleeping(worker, sleep_until(ManualClock::now() + 1min));
  worker.advance(59s);
  EXPECT_FALSE(sleeping.done());
  worker.advance(1s);
  EXPECT_TRUE(sleeping.done());
}

TEST(Sleep, IsNotLateBecauseOfTurnsInBetween) {
  ManualWorker worker;
  Running sleeping(worker, sleep_for(30s));
  for (int turns = 1; turns < 300; ++turns) worker.advance(100ms);
  EXPECT_FALSE(sleeping.done());
  worker.advance(100ms);
  EXPECT_TRUE(sleeping.done());
}

TEST(Sleep, CountsFromWhereItIsAwaited) {
  ManualWorker worker;
  auto sleep = sleep_for(10s);
  worker.advance(1h);
  Running sleeping(worker, std::move(sleep));
  worker.advance(9s);
  EXPECT_FALSE(sleeping.done()) << "a Task is lazy: the time runs from its start";
  worker.advance(1s);
  EXPECT_TRUE(sleeping.done());
}

TEST(Sleep, CanBeMadeOutsideOfAWorker) { EXPECT_NO_THROW(sync_wait(sleep_for(0s))); }

TEST(Sleep, OfNoLengthEndsWithinAMillisecond) {
  ManualWorker worker;
  Running now(worker, sleep_for(0s)), past(worker, sleep_for(-1h)), longest_past(worker, sleep_for(Duration::min()));
  worker.advance(1ms);
  EXPECT_TRUE(now.done());
  EXPECT_TRUE(past.done());
  EXPECT_TRUE(longest_past.done());
}

TEST(Sleep, ForEverEndsOnlyByCancellation) {
  ManualWorker worker;
  CancelScope scope;
  Running sleeping(worker, sleep_for(Duration::max()), &scope);
  worker.advance(10 * 365 * 24h);
  EXPECT_FALSE(sleeping.done());
  worker.turn([&] { scope.cancel(aborted("enough")); });
  ASSERT_TRUE(sleeping.done());
  EXPECT_EQ(sleeping.status(), aborted("enough"));
}

TEST(Sleep, ThrowsWhenTheScopeIsCancelledMeanwhile) {
  ManualWorker worker;
  CancelScope scope;
  Running sleeping(worker, sleep_for(1s), &scope);
  worker.turn([&] { scope.cancel(cancelled("gone")); });
  ASSERT_TRUE(sleeping.done());
  EXPECT_EQ(sleeping.status(), cancelled("gone"));
  worker.advance(1h);
}

TEST(Sleep, ThrowsAtOnceInACancelledScope) {
  ManualWorker worker;
  CancelScope scope;
  scope.cancel(cancelled("before"));
  Running sleeping(worker, sleep_for(1s), &scope);
  ASSERT_TRUE(sleeping.done());
  EXPECT_EQ(sleeping.status(), cancelled("before"));
}

TEST(Sleep, LeavesItsScopeWhenItEnds) {
  ManualWorker worker;
  CancelScope scope;
  Running sleeping(worker, sleep_for(1s), &scope);
  worker.advance(1s);
  worker.turn([&] { scope.cancel(cancelled("too late")); });
  EXPECT_TRUE(sleeping.status().ok());
}

TEST(Sleep, IsDisarmedWhenItsCoroutineIsDestroyed) {
  ManualWorker worker;
  CancelScope scope;
  {
    Running sleeping(worker, sleep_for(1s), &scope);
  }
  worker.advance(1h);
  worker.turn([&] { scope.cancel(cancelled("nobody is left")); });
}

Task<void> say(std::string& said, std::string word) {
  for (const char letter : word) {
    said.push_back(letter);
    co_await yield();
  }
}

TEST(Yield, LetsOthersRunFirst) {
  ManualWorker worker;
  std::string said;
  auto both = [&]() -> Task<void> { co_await when_all(say(said, "abc"), say(said, "xyz")); };
  Running running(worker, both());
  EXPECT_TRUE(running.done());
  EXPECT_EQ(said, "axbycz");
}

TEST(Yield, GivesEventsTheirTurnToo) {
  ManualWorker worker;
  bool stop = false;
  auto spinning = [&]() -> Task<void> {
    while (!stop) co_await yield();
  };
  worker->post([&] { stop = true; });
  Running running(worker, spinning());
  EXPECT_TRUE(running.done()) << "a coroutine that yields all the time must not keep a posted function waiting";
}

TEST(Yield, ThrowsInACancelledScope) {
  ManualWorker worker;
  CancelScope scope;
  int rounds = 0;
  auto spinning = [&]() -> Task<void> {
    while (true) {
      if (++rounds == 10) scope.cancel(cancelled("enough"));
      co_await yield();
    }
  };
  Running running(worker, spinning(), &scope);
  EXPECT_EQ(running.status(), cancelled("enough"));
  EXPECT_EQ(rounds, 10);
}

TEST(SleepDeathTest, NeedsAWorker) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        struct Nobody final : detail::Completion {
          void on_complete() noexcept override {}
        } nobody;
        auto sleep = sleep_for(1s);
        sleep.start(nullptr, nobody);
      },
      "worker's loop");
}

}  // namespace
}  // namespace plinth

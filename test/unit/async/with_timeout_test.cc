#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "plinth/async.h"
#include "support/door.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::Door;
using test::ManualWorker;
using test::Running;

Task<int> answer_after(Duration duration) {
  co_await sleep_for(duration);
  co_return 42;
}

TEST(WithTimeout, GivesTheValueOfATaskThatIsInTime) {
  ManualWorker worker;
  Running running(worker, with_timeout(2s, answer_after(1s)));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.take(), 42);
}

TEST(WithTimeout, GivesTheValueOfATaskThatNeverWaits) {
  ManualWorker worker;
  auto boxed = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(1); };
  Running running(worker, with_timeout(0s, boxed()));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(*running.take(), 1);
}

TEST(WithTimeout, CancelsATaskThatIsLate) {
  ManualWorker worker;
  Running running(worker, with_timeout(1s, answer_after(2s)));
  worker.advance(999ms);
  EXPECT_FALSE(running.done());
  worker.advance(1ms);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status().code(), StatusCode::kDeadlineExceeded);
}

TEST(WithTimeout, WaitsForATaskThatUnwindsSlowly) {
  ManualWorker worker;
  Door door;
  auto slow = [&]() -> Task<int> {
    try {
      co_await sleep_for(1h);
    } catch (const StatusError&) {
    }
    co_await door.wait();
    co_return 7;
  };
  Running running(worker, with_timeout(1s, slow()));
  worker.advance(1s);
  EXPECT_TRUE(door.waited_for()) << "the timeout must have ended the sleep";
  EXPECT_FALSE(running.done()) << "a task that still runs must be waited for";
  worker.turn([&] { door.open(); });
  EXPECT_TRUE(running.done());
}

TEST(WithTimeout, ThrowsWhatTheTaskThrows) {
  ManualWorker worker;
  auto failing = []() -> Task<int> {
    co_await yield();
    throw std::out_of_range("far");
  };
  Running running(worker, with_timeout(1s, failing()));
  EXPECT_THROW(running.take(), std::out_of_range);
}

TEST(WithTimeout, KeepsAValueThatCameDespiteTheTimeout) {
  ManualWorker worker;
  auto stubborn = []() -> Task<int> {
    try {
      co_await sleep_for(1h);
    } catch (const StatusError&) {
    }
    co_return 7;
  };
  Running running(worker, with_timeout(1s, stubborn()));
  worker.advance(1s);
  EXPECT_EQ(running.take(), 7);
}

TEST(WithTimeout, EndsWithTheReasonOfAnOuterScope) {
  ManualWorker worker;
  CancelScope scope;
  Running running(worker, with_timeout(1s, answer_after(2s)), &scope);
  worker.turn([&] { scope.cancel(aborted("outer")); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), aborted("outer"));
}

TEST(WithTimeout, LeavesTheOuterScopeAlone) {
  ManualWorker worker;
  CancelScope scope;
  auto outer = []() -> Task<int> {
    try {
      auto inner = with_timeout(1s, answer_after(1h));
      co_await std::move(inner);
    } catch (const StatusError&) {
    }
    auto second = answer_after(5s);
    co_return co_await std::move(second);
  };
  Running running(worker, outer(), &scope);
  worker.advance(1s);
  EXPECT_FALSE(running.done());
  EXPECT_FALSE(scope.cancelled());
  worker.advance(5s);
  EXPECT_EQ(running.take(), 42);
}

TEST(WithTimeout, Nests) {
  ManualWorker worker;
  Running inner_first(worker, with_timeout(2s, with_timeout(1s, answer_after(1h))));
  Running outer_first(worker, with_timeout(1s, with_timeout(2s, answer_after(1h))));
  worker.advance(1s);
  ASSERT_TRUE(inner_first.done());
  ASSERT_TRUE(outer_first.done());
  EXPECT_EQ(inner_first.status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(outer_first.status().code(), StatusCode::kDeadlineExceeded);
}

TEST(WithTimeout, OfNoTimeEndsWithinAMillisecond) {
  ManualWorker worker;
  Running zero(worker, with_timeout(0s, answer_after(1h))), negative(worker, with_timeout(-1h, answer_after(1h)));
  worker.advance(1ms);
  EXPECT_TRUE(zero.done());
  EXPECT_TRUE(negative.done());
}

TEST(WithTimeout, OfAllTimeIsNoLimit) {
  ManualWorker worker;
  Running running(worker, with_timeout(Duration::max(), answer_after(1000h)));
  worker.advance(1000h);
  EXPECT_EQ(running.take(), 42);
}

}  // namespace
}  // namespace plinth

#include "call/waiter.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "plinth/async.h"
#include "support/manual_loop.h"

namespace plinth::call {
namespace {

using test::ManualLoop;
using test::Started;

struct Wait {
  Waiter& waiter;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) noexcept {
    waiter.wait(self, self.promise().scope());
  }
  void await_resume() { waiter.check(); }
};

Task<std::string> wait(Waiter& waiter) {
  co_await Wait{waiter};
  co_return "woken";
}

class WaiterTest : public testing::Test {
 protected:
  void turn(const std::function<void()>& action) {
    Worker::Turn turn(loop_.worker());
    action();
  }

  ManualLoop loop_;
  Waiter waiter_;
};

TEST_F(WaiterTest, IsWokenLaterInTheTurn) {
  Started<std::string> waiting(loop_.worker(), wait(waiter_));
  turn([&] {
    waiter_.wake();
    EXPECT_FALSE(waiting.done());
    EXPECT_FALSE(waiter_.waiting());
  });
  EXPECT_EQ(waiting.take(), "woken");
}

TEST_F(WaiterTest, IsWokenOnce) {
  Started<std::string> waiting(loop_.worker(), wait(waiter_));
  turn([&] {
    waiter_.wake();
    waiter_.wake();
    waiting.scope().cancel(cancelled("too late"));
  });
  EXPECT_THROW(waiting.take(), StatusError) << "it was still waiting for its turn";
}

TEST_F(WaiterTest, MayBeWokenWhenNobodyWaits) {
  turn([&] { waiter_.wake(); });
  Started<std::string> waiting(loop_.worker(), wait(waiter_));
  EXPECT_FALSE(waiting.done());
  turn([&] { waiter_.wake(); });
  EXPECT_TRUE(waiting.done());
}

/// Awaits without looking at how the wait ended.
Task<void> wait_unchecked(Waiter& waiter) {
  struct Unchecked : Wait {
    void await_resume() const noexcept {}
  };
  co_await Unchecked{waiter};
}

TEST_F(WaiterTest, ForgetsTheScopeOfAWaitThatNobodyHasChecked) {
  {
    Started<void> waiting(loop_.worker(), wait_unchecked(waiter_));
    turn([&] { waiting.scope().cancel(cancelled("gone")); });
    ASSERT_TRUE(waiting.done());
    waiter_.forget();
  }
  EXPECT_NO_THROW(waiter_.check());
}

TEST_F(WaiterTest, KeepsTheScopeOfAWaitThatGoesOn) {
  Started<std::string> waiting(loop_.worker(), wait(waiter_));
  waiter_.forget();
  turn([&] { waiting.scope().cancel(cancelled("gone")); });
  EXPECT_THROW(waiting.take(), StatusError);
}

TEST_F(WaiterTest, EndsWithItsScope) {
  Started<std::string> waiting(loop_.worker(), wait(waiter_));
  turn([&] { waiting.scope().cancel(deadline_exceeded("over")); });
  ASSERT_TRUE(waiting.done());
  EXPECT_THROW(waiting.take(), StatusError);
}

Task<std::string> wait_twice(Waiter& waiter) {
  std::string story;
  try {
    co_await Wait{waiter};
  } catch (const StatusError&) {
    story = "cancelled, ";
  }
  try {
    co_await Wait{waiter};
  } catch (const StatusError&) {
    story += "cancelled again";
  }
  co_return story;
}

TEST_F(WaiterTest, DoesNotWaitInAScopeThatIsCancelled) {
  Started<std::string> waiting(loop_.worker(), wait_twice(waiter_));
  turn([&] { waiting.scope().cancel(cancelled("enough")); });
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.take(), "cancelled, cancelled again");
}

Task<std::string> wait_with_timeout(Waiter& waiter) {
  try {
    auto timed = with_timeout(std::chrono::seconds(1), wait(waiter));
    co_return co_await std::move(timed);
  } catch (const StatusError&) {
  }
  auto again = wait(waiter);
  co_return "again " + co_await std::move(again);
}

TEST_F(WaiterTest, ServesTheNextAfterOneHasGivenUp) {
  Started<std::string> waiting(loop_.worker(), wait_with_timeout(waiter_));
  loop_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(waiting.done());
  turn([&] { waiter_.wake(); });
  EXPECT_EQ(waiting.take(), "again woken");
}

TEST_F(WaiterTest, IsForOneAtATime) {
  Started<std::string> waiting(loop_.worker(), wait(waiter_));
  EXPECT_DEATH(Started<std::string>(loop_.worker(), wait(waiter_)), "one coroutine");
  turn([&] { waiter_.wake(); });
}

}  // namespace
}  // namespace plinth::call

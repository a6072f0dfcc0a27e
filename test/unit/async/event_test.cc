#include "plinth/event.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>
#include <thread>

#include "support/manual_loop.h"

namespace plinth {
namespace {

using test::ManualLoop;
using test::Started;

/// Waits again and again; `event` and `wakes` are the test's.
Task<void> count_wakes(std::optional<Event>& event, int& wakes) {
  event.emplace();
  while (true) {
    auto set = event->wait();
    co_await std::move(set);
    ++wakes;
  }
}

class EventTest : public ::testing::Test {
 protected:
  ~EventTest() override {
    Worker::Turn turn(loop_.worker());
    waiter_.scope().cancel(cancelled("the test is over"));
  }

  ManualLoop loop_;
  std::optional<Event> event_;
  int wakes_ = 0;
  Started<void> waiter_{loop_.worker(), count_wakes(event_, wakes_)};
};

TEST_F(EventTest, NobodyIsWokenBeforeItIsSet) {
  loop_.poll();
  EXPECT_EQ(wakes_, 0);
}

TEST_F(EventTest, WakesTheWaiterEachTimeItIsSet) {
  for (int times = 1; times <= 3; ++times) {
    event_->set();
    loop_.poll();
    EXPECT_EQ(wakes_, times);
  }
}

TEST_F(EventTest, WakesTheWaiterFromItsOwnWorker) {
  {
    Worker::Turn turn(loop_.worker());
    event_->set();
  }
  EXPECT_EQ(wakes_, 1) << "a waiter on the same worker goes on in the same turn";
}

TEST_F(EventTest, SetManyTimesCountsOnce) {
  std::thread([this] {
    for (int i = 0; i < 1000; ++i) event_->set();
  }).join();
  EXPECT_EQ(loop_.worker().io_context().poll(), 1u) << "functions in the worker's queue";
  EXPECT_EQ(wakes_, 1);
}

TEST_F(EventTest, MayBeSetWhenNobodyHoldsIt) {
  event_->set();
  event_.emplace(*event_);
  loop_.poll();
  EXPECT_EQ(wakes_, 1);
}

TEST_F(EventTest, ACancelledWaiterThrowsTheReason) {
  {
    Worker::Turn turn(loop_.worker());
    waiter_.scope().cancel(deadline_exceeded("too late"));
  }
  ASSERT_TRUE(waiter_.done());
  try {
    waiter_.take();
    FAIL() << "the wait ended without an exception";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status(), deadline_exceeded("too late"));
  }
  event_->set();
  loop_.poll();
  EXPECT_EQ(wakes_, 0);
}

Task<int> set_then_wait() {
  Event event;
  event.set();
  event.set();
  auto set = event.wait();
  co_await std::move(set);
  co_return 1;
}

TEST(Event, StaysSetUntilSomebodyWaits) {
  ManualLoop loop;
  Started<int> task(loop.worker(), set_then_wait());
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take(), 1);
}

Task<void> make_and_drop(std::optional<Event>& copy) {
  Event event;
  copy = event;
  co_return;
}

TEST(Event, MayBeSetAfterItsWaiterHasGone) {
  ManualLoop loop;
  std::optional<Event> copy;
  Started<void> task(loop.worker(), make_and_drop(copy));
  ASSERT_TRUE(task.done());
  copy->set();
  copy.reset();
  loop.poll();
}

TEST(EventDeathTest, BelongsToAWorker) { EXPECT_DEATH(Event(), "this needs a worker.s loop"); }

}  // namespace
}  // namespace plinth

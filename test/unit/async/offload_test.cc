#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>

#include "async/offload_pool.h"
#include "plinth/async.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using test::ManualWorker;
using test::Running;

/// A worker with a pool of one thread, which a job can hold.
class OffloadTest : public testing::Test {
 protected:
  ~OffloadTest() override { pool.join(); }

  Task<void> hold_the_thread() {
    return offload([this] {
      held.count_down();
      let_go.wait();
    });
  }

  /// Turns the loop until the task has ended: its result comes from another thread.
  template <class T>
  void finish(Running<T>& running) {
    while (!running.done()) {
      worker->poll();
      std::this_thread::yield();
    }
  }

  OffloadPool pool{1, 2};
  ManualWorker worker{&pool};
  std::latch held{1}, let_go{1};
};

TEST_F(OffloadTest, GivesBackTheResultOnTheWorker) {
  const auto here = std::this_thread::get_id();
  auto work = [&]() -> Task<int> {
    auto blocking = offload([&] {
      EXPECT_NE(std::this_thread::get_id(), here);
      EXPECT_EQ(Worker::current(), nullptr);
      return 42;
    });
    const int value = co_await std::move(blocking);
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_EQ(Worker::current(), &*worker);
    co_return value;
  };
  Running running(worker, work());
  finish(running);
  EXPECT_EQ(running.take(), 42);
}

TEST_F(OffloadTest, GivesBackNothing) {
  int calls = 0;
  Running running(worker, offload([&] { ++calls; }));
  finish(running);
  EXPECT_EQ(calls, 1);
}

TEST_F(OffloadTest, GivesBackAValueThatCanOnlyBeMoved) {
  auto box = std::make_unique<int>(3);
  Running running(worker, offload([box = std::move(box)]() mutable { return std::move(box); }));
  finish(running);
  EXPECT_EQ(*running.take(), 3);
}

TEST_F(OffloadTest, ThrowsWhatTheFunctionThrows) {
  Running of_void(worker, offload([] { throw std::runtime_error("blocked"); }));
  finish(of_void);
  EXPECT_THROW(of_void.take(), std::runtime_error);
  Running of_value(worker, offload([]() -> int { throw std::out_of_range("blocked"); }));
  finish(of_value);
  EXPECT_THROW(of_value.take(), std::out_of_range);
}

TEST_F(OffloadTest, DoesNotStartInACancelledScope) {
  CancelScope scope;
  scope.cancel(cancelled("before"));
  bool ran = false;
  Running running(worker, offload([&] { ran = true; }), &scope);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), cancelled("before"));
  pool.join();
  EXPECT_FALSE(ran);
}

TEST_F(OffloadTest, DoesNotStartWhenItIsCancelledInTheQueue) {
  Running holding(worker, hold_the_thread());
  held.wait();
  CancelScope scope;
  bool ran = false;
  auto argument = std::make_shared<int>(1);
  {
    Running queued(worker, offload([&ran, argument] { ran = true; }), &scope);
    EXPECT_FALSE(queued.done());
    worker.turn([&] { scope.cancel(aborted("gave up")); });
    ASSERT_TRUE(queued.done()) << "who waits in the queue must not wait for a thread to be told";
    EXPECT_EQ(queued.status(), aborted("gave up"));
  }
  EXPECT_EQ(argument.use_count(), 1) << "its coroutine and what it holds is gone";
  let_go.count_down();
  finish(holding);
  pool.join();
  EXPECT_FALSE(ran);
}

TEST_F(OffloadTest, IsWaitedForOnceItRuns) {
  CancelScope scope;
  Running running(worker, hold_the_thread(), &scope);
  held.wait();
  worker.turn([&] { scope.cancel(cancelled("too late")); });
  EXPECT_FALSE(running.done()) << "the function may use the coroutine's variables";
  let_go.count_down();
  finish(running);
  EXPECT_TRUE(running.status().ok()) << "what it has done is not thrown away";
}

TEST_F(OffloadTest, ThrowsResourceExhaustedAboveTheLimitOfTheQueue) {
  Running holding(worker, hold_the_thread());
  held.wait();
  Running first(worker, offload([] { return 1; })), second(worker, offload([] { return 2; }));
  Running third(worker, offload([] { return 3; }));
  EXPECT_FALSE(first.done());
  EXPECT_FALSE(second.done());
  ASSERT_TRUE(third.done());
  EXPECT_EQ(third.status().code(), StatusCode::kResourceExhausted);
  let_go.count_down();
  finish(first);
  finish(second);
  finish(holding);
  EXPECT_EQ(first.take() + second.take(), 3);
}

TEST_F(OffloadTest, ThrowsUnavailableWhenThePoolIsJoined) {
  pool.join();
  Running running(worker, offload([] {}));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status().code(), StatusCode::kUnavailable);
}

TEST_F(OffloadTest, ManyRunOneAfterAnotherWithoutAQueue) {
  OffloadPool narrow(1, 0);
  ManualWorker own(&narrow);
  auto loop = []() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000; ++i) {
      auto one = offload([] { return 1; });
      sum += co_await std::move(one);
    }
    co_return sum;
  };
  Running running(own, loop());
  while (!running.done()) own->poll();
  EXPECT_EQ(running.take(), 1'000) << "a job that has ended must not count as waiting";
  narrow.join();
}

TEST_F(OffloadTest, ResultsThatComeAfterTheWorkersEndAreDropped) {
  auto pool = std::make_unique<OffloadPool>(1, 10);
  auto own = std::make_unique<ManualWorker>(pool.get());
  std::latch go(1);
  auto abandoned = std::make_unique<Running<int>>(*own, offload([&] { return go.wait(), 1; }));
  go.count_down();
  pool.reset();
  EXPECT_FALSE(abandoned->done());
  abandoned.reset();
  own.reset();
}

}  // namespace
}  // namespace plinth

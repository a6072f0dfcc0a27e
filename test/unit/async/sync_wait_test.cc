#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "plinth/async.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;

Task<std::string> word(std::string text) {
  co_await yield();
  co_return text;
}

Task<void> failing() {
  co_await yield();
  throw std::runtime_error("failed");
}

TEST(SyncWait, RunsOnThisThread) {
  const auto here = std::this_thread::get_id();
  auto where = []() -> Task<std::thread::id> {
    co_await yield();
    co_return std::this_thread::get_id();
  };
  EXPECT_EQ(sync_wait(where()), here);
  EXPECT_EQ(Worker::current(), nullptr);
}

TEST(SyncWait, GivesTheResult) {
  EXPECT_EQ(sync_wait(word("done")), "done");
  auto at_once = []() -> Task<int> { co_return 1; };
  EXPECT_EQ(sync_wait(at_once()), 1);
}

TEST(SyncWait, ThrowsWhatTheTaskThrows) { EXPECT_THROW(sync_wait(failing()), std::runtime_error); }

TEST(SyncWait, WaitsForTimers) {
  const auto begin = Clock::now();
  sync_wait(sleep_for(5ms));
  EXPECT_GE(Clock::now() - begin, 5ms);
}

TEST(SyncWait, OffloadsToAThreadOfItsOwn) {
  for (int i = 0; i < 100; ++i) {
    auto blocking = offload([] { return std::this_thread::get_id(); });
    EXPECT_NE(sync_wait(std::move(blocking)), std::this_thread::get_id());
  }
}

TEST(SyncWait, LeavesNothingOfChildrenThatEndWithTheTask) {
  auto held = std::make_shared<int>(1);
  auto child = [](std::shared_ptr<int>) -> Task<void> { co_await yield(); };
  sync_wait(TaskScope::run([&](TaskScope& scope) -> Task<void> {
    for (int i = 0; i < 10; ++i) scope.spawn(child(held));
    co_return;
  }));
  EXPECT_EQ(held.use_count(), 1);
}

TEST(SyncWait, OnAWorkerRunsThere) {
  Runtime runtime({.workers = 1});
  auto where = []() -> Task<Worker*> {
    co_await yield();
    co_return Worker::current();
  };
  EXPECT_EQ(sync_wait(runtime.worker(0), where()), &runtime.worker(0));
}

TEST(SyncWait, OnAWorkerGivesTheResult) {
  Runtime runtime({.workers = 1});
  EXPECT_EQ(sync_wait(runtime.worker(0), word("there")), "there");
  auto at_once = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(2); };
  EXPECT_EQ(*sync_wait(runtime.worker(0), at_once()), 2);
  sync_wait(runtime.worker(0), sleep_for(1ms));
}

TEST(SyncWait, OnAWorkerThrowsWhatTheTaskThrows) {
  Runtime runtime({.workers = 1});
  EXPECT_THROW(sync_wait(runtime.worker(0), failing()), std::runtime_error);
}

TEST(SyncWait, OnWorkersFromManyThreads) {
  Runtime runtime({.workers = 2, .offload_threads = 2});
  std::atomic<int> sum = 0;
  auto work = [](int value) -> Task<int> {
    auto half = offload([value] { return value / 2; });
    const int first = co_await std::move(half);
    co_await yield();
    auto rest = with_timeout(1h, offload([value, first] { return value - first; }));
    co_return first + co_await std::move(rest);
  };
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 1; i <= 100; ++i) {
        sum += sync_wait(runtime.worker(thread % 2), work(i));
        EXPECT_THROW(sync_wait(runtime.worker(thread % 2), failing()), std::runtime_error);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(sum, 8 * 5'050);
}

TEST(SyncWait, OnAWorkerFromABlockingJobOfAnother) {
  Runtime runtime({.workers = 2, .offload_threads = 1});
  auto outer = [&]() -> Task<std::string> {
    auto blocking = offload([&] { return sync_wait(runtime.worker(1), word("both")); });
    co_return co_await std::move(blocking);
  };
  EXPECT_EQ(sync_wait(runtime.worker(0), outer()), "both");
}

TEST(SyncWait, InsideOfABlockingJob) {
  auto outer = []() -> Task<std::string> {
    auto blocking = offload([] { return sync_wait(word("inner")); });
    co_return co_await std::move(blocking);
  };
  EXPECT_EQ(sync_wait(outer()), "inner");
}

TEST(SyncWaitDeathTest, InsideOfACoroutineIsMisuse) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto outer = []() -> Task<std::string> { co_return sync_wait(word("inner")); };
  EXPECT_DEATH(sync_wait(outer()), "use co_await here");
}

TEST(SyncWaitDeathTest, OnAStoppedWorkerIsMisuse) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Runtime runtime({.workers = 1});
        runtime.stop();
        sync_wait(runtime.worker(0), word("never"));
      },
      "before the runtime is stopped");
}

}  // namespace
}  // namespace plinth

#include "plinth/runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "async/offload_pool.h"
#include "plinth/async.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;

Task<std::thread::id> thread_of() { co_return std::this_thread::get_id(); }

/// For tasks that nobody waits for.
class Nobody final : public detail::Completion {
 public:
  void on_complete() noexcept override {}
};

TEST(Runtime, HasAWorkerACoreUnlessAskedForMore) {
  EXPECT_EQ(Runtime().size(), available_cores());
  EXPECT_GE(available_cores(), 1u);
  Runtime three({.workers = 3});
  ASSERT_EQ(three.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(three.worker(i).index(), i);
}

TEST(Runtime, RunsEachWorkerOnAThreadOfItsOwn) {
  Runtime runtime({.workers = 3});
  std::set<std::thread::id> threads = {std::this_thread::get_id()};
  for (std::size_t i = 0; i < 3; ++i) threads.insert(sync_wait(runtime.worker(i), thread_of()));
  EXPECT_EQ(threads.size(), 4u);
  EXPECT_EQ(sync_wait(runtime.worker(0), thread_of()), sync_wait(runtime.worker(0), thread_of()));
}

TEST(Runtime, StopsTwiceAndFromManyThreads) {
  Runtime runtime({.workers = 2});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { runtime.stop(); });
  threads.clear();
  runtime.stop();
  EXPECT_TRUE(runtime.worker(0).stopped());
}

TEST(Runtime, DropsWhatIsPostedAfterStop) {
  auto held = std::make_shared<int>(1);
  {
    Runtime runtime({.workers = 1});
    runtime.stop();
    runtime.worker(0).post([held] { ADD_FAILURE() << "a stopped worker must not run anything"; });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1) << "it is dropped with the worker";
}

TEST(Runtime, FinishesBlockingJobsBeforeItStops) {
  std::atomic<bool> finished = false, stopped = false;
  std::latch running(1), let_go(1);
  Runtime runtime({.workers = 1, .offload_threads = 1});
  auto job = offload([&] {
    running.count_down();
    let_go.wait();
    finished = true;
  });
  Nobody nobody;
  runtime.worker(0).post([&] { EXPECT_FALSE(job.start(nullptr, nobody)); });
  running.wait();
  std::jthread stopping([&] {
    runtime.stop();
    stopped = true;
    EXPECT_TRUE(finished) << "stop must wait for a job that runs";
  });
  auto& pool = *runtime.worker(0).offload_pool();
  while (!stopped && pool.submit([] { return true; }, [] {}).ok()) std::this_thread::yield();
  let_go.count_down();
  stopping.join();
}

TEST(Runtime, StopsWithCoroutinesThatStillWait) {
  auto held = std::make_shared<int>(1);
  auto sleep = [](std::shared_ptr<int>) -> Task<void> { co_await sleep_for(1h); };
  {
    Nobody nobody;
    Task<void> task = sleep(held);
    Runtime runtime({.workers = 1});
    std::latch started(1);
    runtime.worker(0).post([&] {
      EXPECT_FALSE(task.start(nullptr, nobody));
      started.count_down();
    });
    started.wait();
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Runtime, TimersWakeASleepingLoop) {
  Runtime runtime({.workers = 1});
  const auto begin = Clock::now();
  auto twice = when_all(sleep_for(2ms), sleep_for(5ms));
  auto first = when_any(sleep_for(1h), std::move(twice));
  EXPECT_EQ(sync_wait(runtime.worker(0), std::move(first)).index(), 1u);
  EXPECT_GE(Clock::now() - begin, 5ms) << "a timer is never early";
}

TEST(RuntimeDeathTest, StopOnItsOwnWorkerIsMisuse) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Runtime runtime({.workers = 1});
        std::latch never(1);
        runtime.worker(0).post([&] { runtime.stop(); });
        never.wait();
      },
      "its own thread");
}

}  // namespace
}  // namespace plinth

#include "async/offload_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <set>
#include <thread>
#include <vector>

namespace plinth {
namespace {

const auto kNothing = [] {};

/// A job that keeps a thread until it is let go.
class Busy {
 public:
  Status submit(OffloadPool& pool) {
    return pool.submit(
        [this] {
          running_.count_down();
          let_go_.wait();
          return true;
        },
        kNothing);
  }
  void wait_until_running() { running_.wait(); }
  void let_go() { let_go_.count_down(); }

 private:
  std::latch running_{1}, let_go_{1};
};

TEST(OffloadPool, RunsTheWorkAndThenWhatFollows) {
  OffloadPool pool(1, 10);
  std::vector<int> order;
  ASSERT_TRUE(pool.submit([&] { return order.push_back(1), true; }, [&] { order.push_back(2); }).ok());
  pool.join();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(OffloadPool, LeavesOutWhatFollowsWhenTheWorkSaysSo) {
  OffloadPool pool(1, 10);
  bool followed = false;
  ASSERT_TRUE(pool.submit([] { return false; }, [&] { followed = true; }).ok());
  pool.join();
  EXPECT_FALSE(followed);
}

TEST(OffloadPool, RunsOnOtherThreadsAtTheSameTime) {
  OffloadPool pool(3, 0);
  std::latch all(3);
  std::array<std::thread::id, 3> threads;
  for (auto& thread : threads) {
    auto meet = [&] {
      thread = std::this_thread::get_id();
      all.arrive_and_wait();
      return true;
    };
    ASSERT_TRUE(pool.submit(meet, kNothing).ok());
  }
  pool.join();
  const std::set<std::thread::id> distinct(threads.begin(), threads.end());
  EXPECT_EQ(distinct.size(), 3u);
  EXPECT_FALSE(distinct.contains(std::this_thread::get_id()));
}

TEST(OffloadPool, RefusesWhatIsAboveTheLimitOfTheQueue) {
  OffloadPool pool(1, 2);
  Busy busy;
  ASSERT_TRUE(busy.submit(pool).ok());
  busy.wait_until_running();
  std::atomic<int> ran = 0;
  auto work = [&] { return ++ran > 0; };
  EXPECT_TRUE(pool.submit(work, kNothing).ok());
  EXPECT_TRUE(pool.submit(work, kNothing).ok());
  EXPECT_EQ(pool.pending(), 3u);
  EXPECT_EQ(pool.submit(work, kNothing).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(pool.pending(), 3u) << "what is refused takes no place";
  busy.let_go();
  pool.join();
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(pool.pending(), 0u);
}

TEST(OffloadPool, HasFreedThePlaceWhenWhatFollowsRuns) {
  OffloadPool pool(1, 0);
  std::latch followed(1);
  Status second(StatusCode::kUnknown, "not submitted");
  auto then = [&] {
    second = pool.submit([] { return true; }, kNothing);
    followed.count_down();
  };
  ASSERT_TRUE(pool.submit([] { return true; }, then).ok());
  followed.wait();
  EXPECT_TRUE(second.ok()) << second.to_string();
}

TEST(OffloadPool, TakesAnUnlimitedQueue) {
  OffloadPool pool(2, SIZE_MAX);
  std::atomic<int> ran = 0;
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(pool.submit([&] { return ++ran > 0; }, kNothing).ok());
  pool.join();
  EXPECT_EQ(ran, 1'000);
}

TEST(OffloadPool, HasAtLeastOneThread) {
  OffloadPool pool(0, 1);
  bool ran = false;
  ASSERT_TRUE(pool.submit([&] { return ran = true; }, kNothing).ok());
  pool.join();
  EXPECT_TRUE(ran);
}

TEST(OffloadPool, FinishesWhatWaitsWhenItIsDestroyed) {
  std::atomic<int> ran = 0;
  {
    OffloadPool pool(1, 100);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.submit([&] { return ++ran > 0; }, kNothing).ok());
  }
  EXPECT_EQ(ran, 100);
}

TEST(OffloadPool, TakesNothingOnceItIsJoined) {
  OffloadPool pool(1, 10);
  pool.join();
  EXPECT_EQ(pool.submit([] { return true; }, kNothing).code(), StatusCode::kUnavailable);
  EXPECT_EQ(pool.pending(), 0u);
  pool.join();
}

TEST(OffloadPool, RefusesWhileItIsJoinedInsteadOfBlocking) {
  OffloadPool pool(1, 10);
  Busy busy;
  ASSERT_TRUE(busy.submit(pool).ok());
  busy.wait_until_running();
  std::jthread joining([&] { pool.join(); });
  while (pool.submit([] { return true; }, kNothing).code() != StatusCode::kUnavailable) std::this_thread::yield();
  busy.let_go();
}

}  // namespace
}  // namespace plinth

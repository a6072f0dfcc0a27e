#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "async/offload_pool.h"
#include "plinth/async.h"

namespace plinth {
namespace {

using Lane = OffloadPool::Lane;
const auto kNoMore = [] {};

TEST(OffloadLanes, AJobMayWaitForOnesOfOtherLanesOnAPoolOfOneThread) {
  OffloadPool pool(1, 10);
  std::latch function(1), lookup(1);
  const auto call = [&] { return function.wait(), true; };
  const auto looks_up = [&] { return lookup.wait(), function.count_down(), true; };
  ASSERT_TRUE(pool.submit(call, kNoMore, Lane::kCalls).ok());
  ASSERT_TRUE(pool.submit(looks_up, kNoMore, Lane::kFunctions).ok());
  ASSERT_TRUE(pool.submit([&] { return lookup.count_down(), true; }, kNoMore, Lane::kLookups).ok());
  pool.join();
  EXPECT_TRUE(function.try_wait());
}

TEST(OffloadLanes, TheQueueOfOneDoesNotFillAnother) {
  OffloadPool pool(1, 0);
  std::latch let_go(1);
  ASSERT_TRUE(pool.submit([&] { return let_go.wait(), true; }, kNoMore, Lane::kCalls).ok());
  EXPECT_EQ(pool.submit([] { return true; }, kNoMore, Lane::kCalls).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(pool.submit([] { return true; }, kNoMore, Lane::kFunctions).ok());
  let_go.count_down();
}

TEST(OffloadLanes, AreCountedTogether) {
  OffloadPool pool(1, 10);
  std::latch running(2), let_go(1);
  const auto busy = [&] { return running.count_down(), let_go.wait(), true; };
  for (const auto lane : {Lane::kCalls, Lane::kFunctions}) ASSERT_TRUE(pool.submit(busy, kNoMore, lane).ok());
  running.wait();
  ASSERT_TRUE(pool.submit([] { return true; }, kNoMore, Lane::kFunctions).ok());
  EXPECT_EQ(pool.busy(), 2u);
  EXPECT_EQ(pool.queued(), 1u);
  let_go.count_down();
  pool.join();
  EXPECT_EQ(pool.pending(), 0u);
}

Task<void> call_that_waits_for(Worker& worker) {
  std::exception_ptr error;
  auto call = offload_to(Lane::kCalls, [&] { sync_wait(worker, offload([] {})); }, error);
  co_await std::move(call);
  if (error) std::rethrow_exception(error);
}

TEST(OffloadLanes, ABlockingCallMayWaitForAHandlerThatOffloads) {
  Runtime runtime({.workers = 2, .offload_threads = 1});
  sync_wait(runtime.worker(0), call_that_waits_for(runtime.worker(1)));
  EXPECT_EQ(runtime.stats().offload_queued, 0u);
}

}  // namespace
}  // namespace plinth

#include "plinth/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "plinth/async.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using test::ManualWorker;
using test::Running;

Task<int> number(int value) { co_return value; }

Task<std::unique_ptr<int>> boxed(int value) { co_return std::make_unique<int>(value); }

Task<int> throwing() {
  throw std::runtime_error("no number");
  co_return 0;
}

TEST(Task, GivesItsValue) {
  auto sum = []() -> Task<int> {
    auto first = number(3);
    auto second = number(4);
    co_return co_await std::move(first) + co_await std::move(second);
  };
  EXPECT_EQ(sync_wait(sum()), 7);
}

TEST(Task, GivesAValueThatCanOnlyBeMoved) {
  auto outer = []() -> Task<std::unique_ptr<int>> {
    auto box = co_await boxed(5);
    ++*box;
    co_return box;
  };
  EXPECT_EQ(*sync_wait(outer()), 6);
}

TEST(Task, OfVoidGivesNothing) {
  bool ran = false;
  auto set = [&]() -> Task<void> {
    ran = true;
    co_return;
  };
  sync_wait(set());
  EXPECT_TRUE(ran);
}

TEST(Task, ConvertsWhatIsReturned) {
  auto text = []() -> Task<std::string> { co_return "text"; };
  EXPECT_EQ(sync_wait(text()), "text");
}

TEST(Task, ThrowsInTheCoroutineThatAwaits) {
  auto outer = []() -> Task<std::string> {
    try {
      co_await throwing();
    } catch (const std::runtime_error& error) {
      co_return error.what();
    }
    co_return "nothing was thrown";
  };
  EXPECT_EQ(sync_wait(outer()), "no number");
}

TEST(Task, ThrowsThroughCoroutinesThatDoNotCatch) {
  auto outer = []() -> Task<int> { co_return 1 + co_await throwing(); };
  EXPECT_THROW(sync_wait(outer()), std::runtime_error);
}

TEST(Task, ThrowsAfterItHasWaited) {
  auto outer = []() -> Task<void> {
    co_await yield();
    throw std::logic_error("later");
  };
  EXPECT_THROW(sync_wait(outer()), std::logic_error);
}

TEST(Task, IsLazy) {
  bool ran = false;
  auto set = [&]() -> Task<void> {
    ran = true;
    co_return;
  };
  {
    auto task = set();
    EXPECT_FALSE(ran) << "a Task must not run before it is awaited";
  }
  EXPECT_FALSE(ran) << "a Task that is dropped must not run";
}

TEST(Task, FreesItsArgumentsWhenItIsDropped) {
  auto shared = std::make_shared<int>(1);
  auto hold = [](std::shared_ptr<int>) -> Task<void> { co_return; };
  {
    auto dropped = hold(shared);
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(Task, MovesItsCoroutine) {
  Task<int> empty;
  EXPECT_FALSE(empty);
  auto task = number(1);
  empty = std::move(task);
  EXPECT_TRUE(empty);
  EXPECT_FALSE(task);
  auto moved = std::move(empty);
  EXPECT_FALSE(empty);
  EXPECT_EQ(sync_wait(std::move(moved)), 1);
}

TEST(Task, StartTellsWhetherItHasEnded) {
  ManualWorker worker;
  Running at_once(worker, number(1));
  EXPECT_TRUE(at_once.done());
  auto wait = []() -> Task<int> {
    co_await sleep_for(std::chrono::seconds(1));
    co_return 2;
  };
  Running later(worker, wait());
  EXPECT_FALSE(later.done());
  worker.advance(std::chrono::seconds(1));
  ASSERT_TRUE(later.done()) << "the completion must be told when the coroutine ends";
  EXPECT_EQ(later.take(), 2);
}

TEST(Task, DestroysItsVariablesBeforeTheParentGoesOn) {
  auto shared = std::make_shared<int>(1);
  auto child = [&]() -> Task<void> {
    auto copy = shared;
    co_await yield();
  };
  auto parent = [&]() -> Task<long> {
    auto task = child();
    co_await std::move(task);
    co_return shared.use_count();
  };
  EXPECT_EQ(sync_wait(parent()), 1);
}

TEST(Task, AMillionAwaitsOfTasksThatNeverWaitNeedNoStack) {
  auto loop = []() -> Task<std::int64_t> {
    std::int64_t sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await number(1);
    co_return sum;
  };
  EXPECT_EQ(sync_wait(loop()), 1'000'000);
}

TEST(Task, AwaitsOfTasksThatWaitNeedNoStack) {
  auto wait = []() -> Task<int> {
    co_await yield();
    co_return 1;
  };
  auto loop = [&]() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += co_await wait();
    co_return sum;
  };
  EXPECT_EQ(sync_wait(loop()), 100'000);
}

Task<int> depth(int levels, bool waits) {
  if (levels == 0) {
    if (waits) co_await yield();
    co_return 0;
  }
  auto deeper = depth(levels - 1, waits);
  co_return 1 + co_await std::move(deeper);
}

TEST(Task, RecursesDeep) { EXPECT_EQ(sync_wait(depth(5'000, false)), 5'000); }

TEST(Task, RecursesDeepAndWaitsThere) { EXPECT_EQ(sync_wait(depth(5'000, true)), 5'000); }

}  // namespace
}  // namespace plinth

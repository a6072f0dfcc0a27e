#include "plinth/generator.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/async.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using test::ManualWorker;
using test::Running;

Generator<int> count(int limit) {
  for (int i = 0; i < limit; ++i) co_yield i;
}

Generator<int> count_and_wait(int limit) {
  for (int i = 0; i < limit; ++i) {
    co_await yield();
    co_yield i;
  }
}

Task<std::vector<int>> collect(Generator<int> numbers) {
  std::vector<int> all;
  while (auto number = co_await numbers.next()) all.push_back(*number);
  co_return all;
}

TEST(Generator, GivesItsValuesInOrder) { EXPECT_EQ(sync_wait(collect(count(3))), (std::vector{0, 1, 2})); }

TEST(Generator, MayBeEmpty) { EXPECT_TRUE(sync_wait(collect(count(0))).empty()); }

TEST(Generator, WithoutACoroutineIsAtItsEnd) { EXPECT_TRUE(sync_wait(collect(Generator<int>())).empty()); }

TEST(Generator, AwaitsBetweenValues) { EXPECT_EQ(sync_wait(collect(count_and_wait(3))), (std::vector{0, 1, 2})); }

TEST(Generator, IsLazy) {
  int steps = 0;
  auto stepping = [&]() -> Generator<int> {
    ++steps;
    co_yield 1;
    ++steps;
    co_yield 2;
    ++steps;
  };
  auto test = [&]() -> Task<void> {
    auto numbers = stepping();
    EXPECT_EQ(steps, 0);
    EXPECT_EQ(co_await numbers.next(), 1);
    EXPECT_EQ(steps, 1) << "it must stop at its first value";
    EXPECT_EQ(co_await numbers.next(), 2);
    EXPECT_EQ(steps, 2);
    EXPECT_EQ(co_await numbers.next(), std::nullopt);
    EXPECT_EQ(steps, 3);
  };
  sync_wait(test());
}

TEST(Generator, StaysAtItsEnd) {
  auto test = []() -> Task<void> {
    auto numbers = count(1);
    EXPECT_EQ(co_await numbers.next(), 0);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await numbers.next(), std::nullopt);
  };
  sync_wait(test());
}

TEST(Generator, EndsWithAnErrorThatItYields) {
  bool went_on = false;
  auto failing = [&]() -> Generator<int> {
    co_yield 1;
    co_yield unavailable("away");
    went_on = true;
  };
  auto test = [&]() -> Task<void> {
    auto numbers = failing();
    EXPECT_EQ(co_await numbers.next(), 1);
    try {
      co_await numbers.next();
      ADD_FAILURE() << "next must throw the error";
    } catch (const StatusError& error) {
      EXPECT_EQ(error.status(), unavailable("away"));
    }
    EXPECT_EQ(co_await numbers.next(), std::nullopt) << "the error is told once";
  };
  sync_wait(test());
  EXPECT_FALSE(went_on) << "nothing after the error may run";
}

TEST(Generator, MakesAnErrorOfAnOkStatus) {
  auto wrong = []() -> Generator<int> { co_yield Status(); };
  auto test = [&]() -> Task<void> {
    auto numbers = wrong();
    co_await numbers.next();
  };
  try {
    sync_wait(test());
    ADD_FAILURE() << "an OK Status is no error to end with";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status().code(), StatusCode::kInternal);
  }
}

TEST(Generator, ThrowsWhatItThrowsOnce) {
  auto failing = []() -> Generator<int> {
    co_yield 1;
    co_await yield();
    throw std::runtime_error("broken");
  };
  auto test = [&]() -> Task<void> {
    auto numbers = failing();
    EXPECT_EQ(co_await numbers.next(), 1);
    std::string caught;
    try {
      co_await numbers.next();
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "broken");
    EXPECT_EQ(co_await numbers.next(), std::nullopt);
  };
  sync_wait(test());
}

TEST(Generator, DestroysItsVariablesWhenItIsDroppedEarly) {
  auto shared = std::make_shared<int>(1);
  auto holding = [](std::shared_ptr<int> held) -> Generator<int> {
    auto copy = held;
    co_yield *copy;
    co_yield *copy;
  };
  auto test = [&]() -> Task<void> {
    auto numbers = holding(shared);
    co_await numbers.next();
    EXPECT_EQ(shared.use_count(), 3);
  };
  sync_wait(test());
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(Generator, YieldsValuesThatCanOnlyBeMoved) {
  auto boxes = []() -> Generator<std::unique_ptr<int>> {
    auto box = std::make_unique<int>(7);
    co_yield std::move(box);
    co_yield std::make_unique<int>(8);
  };
  auto test = [&]() -> Task<int> {
    auto stream = boxes();
    auto first = co_await stream.next();
    auto second = co_await stream.next();
    co_return **first + **second;
  };
  EXPECT_EQ(sync_wait(test()), 15);
}

TEST(Generator, MovesBetweenTwoValues) {
  auto test = []() -> Task<void> {
    auto numbers = count(3);
    EXPECT_EQ(co_await numbers.next(), 0);
    auto moved = std::move(numbers);
    EXPECT_EQ(co_await moved.next(), 1);
    EXPECT_EQ(co_await numbers.next(), std::nullopt);
  };
  sync_wait(test());
}

Task<std::int64_t> sum(Generator<int> numbers) {
  std::int64_t sum = 0;
  while (auto number = co_await numbers.next()) sum += *number;
  co_return sum;
}

TEST(Generator, AMillionValuesNeedNoStack) {
  EXPECT_EQ(sync_wait(sum(count(1'000'000))), std::int64_t{999'999} * 500'000);
}

TEST(Generator, ValuesThatAreWaitedForNeedNoStack) {
  EXPECT_EQ(sync_wait(sum(count_and_wait(100'000))), std::int64_t{99'999} * 50'000);
}

TEST(Generator, RunsInTheScopeOfWhoAwaits) {
  ManualWorker worker;
  CancelScope scope;
  auto waiting = []() -> Generator<int> {
    co_yield 1;
    co_await sleep_for(std::chrono::hours(1));
    co_yield 2;
  };
  Running running(worker, sum(waiting()), &scope);
  EXPECT_FALSE(running.done());
  worker.turn([&] { scope.cancel(cancelled("enough")); });
  ASSERT_TRUE(running.done()) << "cancelling the consumer's scope must end what the generator awaits";
  EXPECT_EQ(running.status(), cancelled("enough"));
}

}  // namespace
}  // namespace plinth

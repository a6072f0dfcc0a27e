#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "plinth/async.h"
#include "support/door.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::Door;
using test::ManualWorker;
using test::Running;

template <class T>
Task<T> after(Duration duration, T value) {
  co_await sleep_for(duration);
  co_return value;
}

TEST(WhenAny, GivesTheValueOfTheFirstInItsPlace) {
  ManualWorker worker;
  Running running(worker, when_any(after(3s, 1), after(1s, std::string("two")), sleep_for(2s)));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  const auto value = running.take();
  ASSERT_EQ(value.index(), 1u);
  EXPECT_EQ(std::get<1>(value), "two");
}

TEST(WhenAny, TellsTasksOfOneTypeApart) {
  ManualWorker worker;
  Running running(worker, when_any(sleep_for(2s), sleep_for(1s)));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.take().index(), 1u);
}

TEST(WhenAny, OfOneIsThatOne) {
  ManualWorker worker;
  Running running(worker, when_any(after(1s, std::make_unique<int>(3))));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(*std::get<0>(running.take()), 3);
}

TEST(WhenAny, EndsAtOnceWithATaskThatNeverWaits) {
  ManualWorker worker;
  auto now = []() -> Task<int> { co_return 5; };
  Running running(worker, when_any(sleep_for(1h), now()));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(std::get<1>(running.take()), 5);
}

TEST(WhenAny, CancelsTheLosersAndWaitsForThem) {
  ManualWorker worker;
  Door door;
  bool cancelled = false;
  auto loser = [&]() -> Task<void> {
    try {
      co_await sleep_for(1h);
    } catch (const StatusError& error) {
      cancelled = error.status().code() == StatusCode::kCancelled;
    }
    co_await door.wait();
  };
  Running running(worker, when_any(loser(), after(1s, 1)));
  worker.advance(1s);
  EXPECT_TRUE(cancelled) << "the winner must cancel the others";
  EXPECT_FALSE(running.done()) << "a loser that still runs must be waited for";
  worker.turn([&] { door.open(); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.take().index(), 1u) << "the winner is who ended first";
}

TEST(WhenAny, ThrowsWhatTheFirstThrows) {
  ManualWorker worker;
  auto fails = []() -> Task<int> {
    co_await sleep_for(1s);
    throw std::runtime_error("first");
  };
  Running running(worker, when_any(after(2s, 1), fails()));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_THROW(running.take(), std::runtime_error);
}

TEST(WhenAny, ForgetsWhatALoserThrows) {
  ManualWorker worker;
  auto bad_loser = []() -> Task<int> {
    try {
      co_await sleep_for(1h);
    } catch (const StatusError&) {
    }
    throw std::runtime_error("nobody asked");
    co_return 0;
  };
  Running running(worker, when_any(bad_loser(), after(1s, 2)));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(std::get<1>(running.take()), 2);
}

TEST(WhenAny, OfTwoInOneTurnGivesTheOneThatEndedFirst) {
  ManualWorker worker;
  Running running(worker, when_any(after(2s, 1), after(1s, 2)));
  worker.advance(5s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.take().index(), 1u);
}

TEST(WhenAny, EndsWithTheReasonOfAnOuterScope) {
  ManualWorker worker;
  CancelScope scope;
  Running running(worker, when_any(sleep_for(1h), sleep_for(2h)), &scope);
  worker.turn([&] { scope.cancel(aborted("outer")); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), aborted("outer"));
}

TEST(WhenAny, LeavesTheOuterScopeAlone) {
  ManualWorker worker;
  CancelScope scope;
  auto twice = []() -> Task<std::size_t> {
    auto first = when_any(sleep_for(1s), sleep_for(1h));
    const auto winner = co_await std::move(first);
    auto second = when_any(sleep_for(1h), sleep_for(1s));
    co_return winner.index() + 10 * (co_await std::move(second)).index();
  };
  Running running(worker, twice(), &scope);
  worker.advance(1s);
  EXPECT_FALSE(running.done());
  worker.advance(1s);
  EXPECT_EQ(running.take(), 10u);
  EXPECT_FALSE(scope.cancelled());
}

}  // namespace
}  // namespace plinth

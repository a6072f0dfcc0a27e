#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

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

Task<void> nothing_after(Duration duration) { return sleep_for(duration); }

Task<int> fail_after(Duration duration, std::string what) {
  co_await sleep_for(duration);
  throw std::runtime_error(what);
}

/// Says how it ended.
Task<int> witness(std::string& end) {
  try {
    co_await sleep_for(1h);
    end = "slept";
  } catch (const StatusError& error) {
    end = error.status().to_string();
    throw;
  }
  co_return 1;
}

template <class T>
std::string error_of(Running<T>& running) {
  try {
    running.take();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(WhenAll, GivesEachValueInItsPlace) {
  ManualWorker worker;
  Running running(worker, when_all(after(2s, 1), after(1s, std::string("two")), nothing_after(3s)));
  worker.advance(2s);
  EXPECT_FALSE(running.done());
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.take(), (std::tuple(1, std::string("two"), std::monostate())));
}

TEST(WhenAll, RunsThemSideBySide) {
  ManualWorker worker;
  Running running(worker, when_all(after(1s, 1), after(1s, 2), after(1s, 3)));
  worker.advance(1s);
  EXPECT_TRUE(running.done());
}

TEST(WhenAll, OfTasksThatNeverWaitEndsAtOnce) {
  ManualWorker worker;
  auto now = [](int value) -> Task<int> { co_return value; };
  Running running(worker, when_all(now(1), now(2)));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.take(), std::tuple(1, 2));
}

TEST(WhenAll, OfNothingEndsAtOnce) {
  ManualWorker worker;
  Running none(worker, when_all());
  EXPECT_TRUE(none.done());
  Running empty(worker, when_all(std::vector<Task<int>>()));
  ASSERT_TRUE(empty.done());
  EXPECT_TRUE(empty.take().empty());
}

TEST(WhenAll, OfAVectorKeepsTheOrder) {
  ManualWorker worker;
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(after((100 - i) * 1s, i));
  Running running(worker, when_all(std::move(tasks)));
  worker.advance(99s);
  EXPECT_FALSE(running.done());
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  const auto values = running.take();
  ASSERT_EQ(values.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], i);
}

TEST(WhenAll, GivesValuesThatCanOnlyBeMoved) {
  ManualWorker worker;
  Running pair(worker, when_all(after(1s, std::make_unique<int>(1)), after(1s, std::make_unique<int>(2))));
  std::vector<Task<std::unique_ptr<int>>> tasks;
  tasks.push_back(after(1s, std::make_unique<int>(3)));
  Running list(worker, when_all(std::move(tasks)));
  worker.advance(1s);
  ASSERT_TRUE(pair.done() && list.done());
  EXPECT_EQ(*std::get<1>(pair.take()), 2);
  EXPECT_EQ(*list.take().front(), 3);
}

TEST(WhenAll, AVectorOfVoidGivesAsManyNothings) {
  ManualWorker worker;
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(sleep_for(1s));
  Running running(worker, when_all(std::move(tasks)));
  worker.advance(1s);
  EXPECT_EQ(running.take().size(), 3u);
}

TEST(WhenAll, CancelsTheRestWhenOneThrows) {
  ManualWorker worker;
  std::string end;
  Running running(worker, when_all(witness(end), fail_after(1s, "first"), witness(end)));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(error_of(running), "first");
  EXPECT_TRUE(end.starts_with("CANCELLED")) << end;
}

TEST(WhenAll, OfAVectorCancelsTheRestWhenOneThrows) {
  ManualWorker worker;
  std::string end;
  std::vector<Task<int>> tasks;
  tasks.push_back(witness(end));
  tasks.push_back(fail_after(1s, "first"));
  Running running(worker, when_all(std::move(tasks)));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(error_of(running), "first");
  EXPECT_TRUE(end.starts_with("CANCELLED")) << end;
}

TEST(WhenAll, ThrowsTheFirstErrorInTime) {
  ManualWorker worker;
  auto also_fails = []() -> Task<int> {
    try {
      co_await sleep_for(1h);
    } catch (const StatusError&) {
    }
    throw std::runtime_error("second");
    co_return 0;
  };
  Running running(worker, when_all(also_fails(), fail_after(1s, "first")));
  worker.advance(1s);
  EXPECT_EQ(error_of(running), "first");
}

TEST(WhenAll, WaitsForTheRestAfterAnError) {
  ManualWorker worker;
  Door door;
  auto slow = [&]() -> Task<void> { co_await door.wait(); };
  Running running(worker, when_all(slow(), fail_after(1s, "first")));
  worker.advance(1s);
  EXPECT_FALSE(running.done()) << "nothing may be destroyed while it runs";
  worker.turn([&] { door.open(); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(error_of(running), "first");
}

TEST(WhenAll, AnErrorAtOnceCancelsTheLaterOnesToo) {
  ManualWorker worker;
  std::string end;
  auto fails = []() -> Task<int> {
    throw std::runtime_error("at once");
    co_return 0;
  };
  Running running(worker, when_all(fails(), witness(end)));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(error_of(running), "at once");
  EXPECT_TRUE(end.starts_with("CANCELLED")) << end;
}

TEST(WhenAll, EndsWithTheReasonOfAnOuterScope) {
  ManualWorker worker;
  CancelScope scope;
  std::string first, second;
  Running running(worker, when_all(witness(first), witness(second)), &scope);
  worker.turn([&] { scope.cancel(unavailable("outer")); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), unavailable("outer"));
  EXPECT_EQ(first, "UNAVAILABLE: outer");
  EXPECT_EQ(second, first);
}

TEST(WhenAll, AnErrorThatIsAResultCancelsNothing) {
  ManualWorker worker;
  auto result = []() -> Task<Result<int>> { co_return not_found("no"); };
  Running running(worker, when_all(result(), after(1s, 2)));
  EXPECT_FALSE(running.done());
  worker.advance(1s);
  auto [error, value] = running.take();
  EXPECT_EQ(error.error(), not_found("no"));
  EXPECT_EQ(value, 2);
}

}  // namespace
}  // namespace plinth

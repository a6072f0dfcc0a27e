#include <gtest/gtest.h>

#include "async/signal.h"
#include "plinth/async.h"
#include "plinth/generator.h"
#include "support/manual_worker.h"

/// The current scope of a coroutine is its own after every kind of await, and what it was on the thread when it stops.
namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::ManualWorker;
using test::Running;

#define EXPECT_IN(scope)                    \
  EXPECT_EQ(CancelScope::current(), scope); \
  EXPECT_EQ(co_await this_scope(), scope) << "the scope that its awaits run in"

class CurrentScope : public testing::Test {
 protected:
  ~CurrentScope() override { EXPECT_EQ(CancelScope::current(), nullptr); }

  /// Runs `body`, a coroutine, in `scope_`, for as much time as it takes.
  template <class Body>
  void run(Body body) {
    Running running(worker_, body(), &scope_);
    for (int turns = 0; turns < 20 && !running.done(); ++turns) {
      EXPECT_EQ(CancelScope::current(), nullptr) << "between turns there is no scope";
      worker_.advance(1s);
    }
    ASSERT_TRUE(running.done());
    running.take();
  }

  ManualWorker worker_;
  CancelScope scope_;
};

Task<void> sleep_in(CancelScope* not_this) {
  EXPECT_NE(CancelScope::current(), not_this);
  EXPECT_NE(CancelScope::current(), nullptr);
  auto* mine = CancelScope::current();
  co_await sleep_for(1s);
  EXPECT_IN(mine);
  co_await yield();
  EXPECT_IN(mine);
}

Task<void> sleep_in_the_same(CancelScope* scope, Duration duration) {
  EXPECT_IN(scope);
  if (duration > 0s) co_await sleep_for(duration);
  EXPECT_IN(scope);
}

TEST_F(CurrentScope, InATask) {
  run([&]() -> Task<void> {
    EXPECT_IN(&scope_);
    co_await sleep_in_the_same(&scope_, 0s);
    EXPECT_IN(&scope_);
    co_await sleep_in_the_same(&scope_, 1s);
    EXPECT_IN(&scope_);
  });
}

TEST_F(CurrentScope, AfterSleepAndYield) {
  run([&]() -> Task<void> {
    co_await sleep_for(1s);
    EXPECT_IN(&scope_);
    co_await yield();
    EXPECT_IN(&scope_);
  });
}

TEST_F(CurrentScope, AfterWhenAll) {
  run([&]() -> Task<void> {
    co_await when_all(sleep_in(&scope_), sleep_in(&scope_));
    EXPECT_IN(&scope_);
    co_await sleep_for(1s);
    EXPECT_IN(&scope_);
  });
}

TEST_F(CurrentScope, AfterWhenAny) {
  run([&]() -> Task<void> {
    co_await when_any(sleep_in(&scope_), sleep_for(1h));
    EXPECT_IN(&scope_);
  });
}

TEST_F(CurrentScope, AfterWithTimeout) {
  run([&]() -> Task<void> {
    co_await with_timeout(5s, sleep_in(&scope_));
    EXPECT_IN(&scope_);
    try {
      co_await with_timeout(1s, sleep_for(1h));
      ADD_FAILURE() << "the timeout must throw";
    } catch (const StatusError&) {
      EXPECT_EQ(CancelScope::current(), &scope_);
    }
    EXPECT_IN(&scope_);
  });
}

TEST_F(CurrentScope, AfterNestedScopesThatEndAtOnce) {
  run([&]() -> Task<void> {
    auto now = []() -> Task<void> { co_return; };
    co_await when_all(with_timeout(1s, now()), TaskScope::run([&](TaskScope& scope) {
                        scope.spawn(now());
                        return now();
                      }));
    EXPECT_IN(&scope_);
  });
}

TEST_F(CurrentScope, AfterATaskScope) {
  run([&]() -> Task<void> {
    co_await TaskScope::run([&](TaskScope& scope) -> Task<void> {
      auto* inner = CancelScope::current();
      EXPECT_NE(inner, &scope_);
      scope.spawn(sleep_in_the_same(inner, 2s));
      EXPECT_IN(inner);
      scope.spawn(sleep_in_the_same(inner, 0s));
      EXPECT_IN(inner);
      co_await sleep_for(1s);
      EXPECT_IN(inner);
    });
    EXPECT_IN(&scope_);
  });
}

Generator<int> numbers(CancelScope* scope) {
  EXPECT_EQ(CancelScope::current(), scope);
  co_yield 1;
  EXPECT_EQ(CancelScope::current(), scope);
  co_await sleep_for(1s);
  EXPECT_EQ(CancelScope::current(), scope);
  co_yield 2;
  co_await with_timeout(2s, sleep_in(scope));
  EXPECT_EQ(CancelScope::current(), scope);
  co_yield 3;
}

TEST_F(CurrentScope, InAndAfterAGenerator) {
  run([&]() -> Task<void> {
    auto stream = numbers(&scope_);
    int sum = 0;
    while (auto number = co_await stream.next()) {
      EXPECT_IN(&scope_);
      sum += *number;
    }
    EXPECT_IN(&scope_);
    EXPECT_EQ(sum, 6);
  });
}

Generator<CancelScope*> scopes() {
  for (int i = 0; i < 2; ++i) {
    auto* scope = co_await this_scope();
    co_yield scope;
  }
}

Task<CancelScope*> take_one(Generator<CancelScope*>& stream) { co_return *co_await stream.next(); }

TEST_F(CurrentScope, OfAGeneratorIsThatOfEachConsumer) {
  run([&]() -> Task<void> {
    auto stream = scopes();
    EXPECT_EQ(co_await take_one(stream), &scope_);
    auto inner = with_timeout(1s, take_one(stream));
    EXPECT_NE(co_await std::move(inner), &scope_);
  });
}

TEST_F(CurrentScope, OfACoroutineThatASignalWakesInsideOfAnother) {
  CancelScope other;
  Signal signal;
  auto waiting = [&]() -> Task<void> {
    co_await signal.wait();
    EXPECT_IN(&other);
  };
  Running woken(worker_, waiting(), &other);
  run([&]() -> Task<void> {
    signal.set_now();
    EXPECT_IN(&scope_);
    co_return;
  });
  EXPECT_TRUE(woken.done());
}

}  // namespace
}  // namespace plinth

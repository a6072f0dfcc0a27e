#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
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

Task<void> add_after(Duration duration, int& sum) {
  co_await sleep_for(duration);
  ++sum;
}

Task<void> fail_after(Duration duration, std::string what) {
  co_await sleep_for(duration);
  throw std::runtime_error(what);
}

std::string error_of(Running<void>& running) {
  try {
    running.take();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(TaskScope, EndsWhenItsBodyAndAllChildrenHave) {
  ManualWorker worker;
  int sum = 0;
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(add_after(1s, sum));
                    scope.spawn(add_after(3s, sum));
                    co_await sleep_for(2s);
                  }));
  worker.advance(2s);
  EXPECT_EQ(sum, 1);
  EXPECT_FALSE(running.done()) << "a child still runs";
  worker.advance(1s);
  EXPECT_EQ(sum, 2);
  EXPECT_TRUE(running.done());
}

TEST(TaskScope, WithoutChildrenIsItsBody) {
  ManualWorker worker;
  Running running(worker, TaskScope::run([](TaskScope&) -> Task<void> { co_return; }));
  EXPECT_TRUE(running.done());
}

TEST(TaskScope, StartsAChildAtOnce) {
  ManualWorker worker;
  std::string order;
  auto child = [&]() -> Task<void> {
    order += "child ";
    co_return;
  };
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(child());
                    order += "body";
                    co_return;
                  }));
  EXPECT_EQ(order, "child body");
}

TEST(TaskScope, ChildrenMaySpawn) {
  ManualWorker worker;
  int sum = 0;
  auto child = [&](TaskScope& scope) -> Task<void> {
    co_await sleep_for(1s);
    scope.spawn(add_after(1s, sum));
  };
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(child(scope));
                    co_return;
                  }));
  worker.advance(1s);
  EXPECT_FALSE(running.done());
  worker.advance(1s);
  EXPECT_TRUE(running.done());
  EXPECT_EQ(sum, 1);
}

TEST(TaskScope, AChildThatThrowsCancelsTheOthersAndTheBody) {
  ManualWorker worker;
  int sum = 0;
  bool body_cancelled = false;
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(add_after(1h, sum));
                    scope.spawn(fail_after(1s, "child"));
                    try {
                      co_await sleep_for(1h);
                    } catch (const StatusError&) {
                      body_cancelled = true;
                      throw;
                    }
                  }));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(error_of(running), "child");
  EXPECT_TRUE(body_cancelled);
  EXPECT_EQ(sum, 0);
}

TEST(TaskScope, ABodyThatThrowsCancelsTheChildren) {
  ManualWorker worker;
  int sum = 0;
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(add_after(1h, sum));
                    co_await yield();
                    throw std::runtime_error("body");
                  }));
  ASSERT_TRUE(running.done());
  EXPECT_EQ(error_of(running), "body");
  EXPECT_EQ(sum, 0);
}

TEST(TaskScope, ABodyThatThrowsBeforeItIsACoroutineCancelsTheChildren) {
  ManualWorker worker;
  Door door;
  auto waits = [&]() -> Task<void> { co_await door.wait(); };
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(waits());
                    throw std::runtime_error("plain function");
                  }));
  EXPECT_FALSE(running.done()) << "the child still runs and must be waited for";
  worker.turn([&] { door.open(); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(error_of(running), "plain function");
}

TEST(TaskScope, CancelEndsAllWithItsReason) {
  ManualWorker worker;
  int sum = 0;
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(add_after(1h, sum));
                    co_await sleep_for(1s);
                    scope.cancel(aborted("enough"));
                  }));
  worker.advance(1s);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), aborted("enough"));
  EXPECT_EQ(sum, 0);
}

TEST(TaskScope, IsCancelledWithTheOuterScope) {
  ManualWorker worker;
  CancelScope outer;
  int sum = 0;
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(add_after(1h, sum));
                    co_return;
                  }),
                  &outer);
  worker.turn([&] { outer.cancel(unavailable("outer")); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), unavailable("outer"));
}

/// Counts how many there are.
class Counted {
 public:
  explicit Counted(int& alive) : alive_(&alive) { ++alive; }
  Counted(Counted&& other) noexcept : alive_(std::exchange(other.alive_, nullptr)) {}
  ~Counted() {
    if (alive_) --*alive_;
  }

 private:
  int* alive_;
};

Task<void> hold(Counted, Door* until) {
  if (until) co_await until->wait();
}

TEST(TaskScope, FreesAChildThatEndsAtOnce) {
  ManualWorker worker;
  int alive = 0, most = 0;
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    for (int i = 0; i < 100'000; ++i) {
                      scope.spawn(hold(Counted(alive), nullptr));
                      most = std::max(most, alive);
                    }
                    co_return;
                  }));
  EXPECT_TRUE(running.done());
  EXPECT_EQ(most, 0) << "children that have ended must not pile up";
}

TEST(TaskScope, FreesChildrenAsTheyEnd) {
  ManualWorker worker;
  int alive = 0, most = 0;
  auto child = [](Counted) -> Task<void> { co_await sleep_for(1s); };
  Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    for (int i = 0; i < 1'000; ++i) {
                      for (int j = 0; j < 10; ++j) scope.spawn(child(Counted(alive)));
                      most = std::max(most, alive);
                      co_await sleep_for(2s);
                    }
                  }));
  for (int i = 0; i < 1'000; ++i) {
    worker.advance(1s);
    ASSERT_EQ(alive, 0) << "round " << i << ": children that have ended must be freed";
    worker.advance(1s);
  }
  EXPECT_TRUE(running.done());
  EXPECT_EQ(most, 10);
}

TEST(TaskScope, NothingOfAChildIsLeftWhenRunEnds) {
  ManualWorker worker;
  int alive = 0, left = -1;
  Door door;
  auto outer = [&]() -> Task<void> {
    co_await TaskScope::run([&](TaskScope& scope) -> Task<void> {
      scope.spawn(hold(Counted(alive), &door));
      co_return;
    });
    left = alive;
  };
  Running running(worker, outer());
  EXPECT_EQ(alive, 1);
  worker.turn([&] { door.open(); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(left, 0) << "the arguments of a child must not outlive run";
}

TEST(TaskScope, FreesItsChildrenWhenItIsDestroyedWithThem) {
  ManualWorker worker;
  int alive = 0;
  Door door;
  {
    Running running(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                      scope.spawn(hold(Counted(alive), &door));
                      co_return;
                    }));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(TaskScope, FreesChildrenThatHaveJustEndedWhenItIsDestroyed) {
  ManualWorker worker;
  int alive = 0;
  Door door;
  std::optional<Running<void>> running;
  running.emplace(worker, TaskScope::run([&](TaskScope& scope) -> Task<void> {
                    scope.spawn(hold(Counted(alive), &door));
                    co_await sleep_for(1h);
                  }));
  struct Destroyer final : Worker::Ready {
    explicit Destroyer(std::optional<Running<void>>& victim) : victim(victim) {}
    void on_ready() noexcept override { victim.reset(); }
    std::optional<Running<void>>& victim;
  } destroyer(running);
  worker.turn([&] {
    door.open();
    worker->when_ready(destroyer);
  });
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace plinth

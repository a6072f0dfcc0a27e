#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "async/timer_wheel.h"
#include "plinth/runtime.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;
using test::ManualWorker;

class Item final : public Worker::Ready {
 public:
  explicit Item(std::function<void()> run) : run_(std::move(run)) {}
  void on_ready() noexcept override { run_(); }

 private:
  std::function<void()> run_;
};

class WorkerTest : public testing::Test {
 protected:
  auto say(std::string word) {
    return [this, word] { said += word + " "; };
  }

  ManualWorker worker;
  std::string said;
};

class Bell final : public Timer {
 public:
  void on_timer() noexcept override {}
};

TEST_F(WorkerTest, IsAsLateAsItsTimersAre) {
  EXPECT_EQ(worker->loop_lag(), 0s);
  Bell bell;
  {
    const Worker::Turn turn(*worker);
    worker->timers().arm(bell, worker->now());
  }
  ManualClock::advance(40s);
  const auto patience = Clock::now() + 10s;
  while (worker->loop_lag() == 0s && Clock::now() < patience) worker->poll();  // its alarm shows the real time
  EXPECT_GE(worker->loop_lag(), 39s) << "each turn was short, and yet something had to wait";
}

TEST_F(WorkerTest, IsTheCurrentOneInItsTurnsOnly) {
  EXPECT_EQ(Worker::current(), nullptr);
  worker.turn([&] { EXPECT_EQ(Worker::current(), &*worker); });
  EXPECT_EQ(Worker::current(), nullptr);
}

TEST_F(WorkerTest, RunsPostedFunctionsInOrderEachInATurn) {
  Item after(say("end of turn"));
  worker->post([&] {
    EXPECT_EQ(Worker::current(), &*worker);
    worker->at_turn_end(after);
    say("first")();
  });
  worker->post(say("second"));
  EXPECT_EQ(said, "");
  worker->poll();
  EXPECT_EQ(said, "first end of turn second ");
}

TEST_F(WorkerTest, AFunctionPostedInATurnRunsInALaterOne) {
  worker.turn([&] {
    worker->post(say("posted"));
    say("turn")();
  });
  EXPECT_EQ(said, "turn posted ");
}

TEST_F(WorkerTest, ATurnRunsTheReadyInOrderThenTheWriters) {
  Item a(say("a")), b(say("b")), writer(say("writer"));
  worker.turn([&] {
    worker->at_turn_end(writer);
    worker->when_ready(a);
    worker->when_ready(b);
    say("event")();
  });
  EXPECT_EQ(said, "event a b writer ");
}

TEST_F(WorkerTest, WhatBecomesReadyMeanwhileRunsBeforeTheWriters) {
  Item c(say("c")), writer(say("writer"));
  Item b([&] {
    say("b")();
    worker->when_ready(c);
  });
  Item a([&] {
    say("a")();
    worker->at_turn_end(writer);
    worker->when_ready(b);
  });
  worker.turn([&] { worker->when_ready(a); });
  EXPECT_EQ(said, "a b c writer ");
}

TEST_F(WorkerTest, AnItemThatIsReadyTwiceRunsOnce) {
  Item a(say("a")), b(say("b")), first(say("first")), second(say("second"));
  worker.turn([&] {
    worker->when_ready(a);
    worker->when_ready(b);
    worker->when_ready(a);
    worker->at_turn_end(first);
    worker->at_turn_end(second);
    worker->at_turn_end(first);
  });
  EXPECT_EQ(said, "b a first second ") << "the last time counts for what is ready, the first for who writes";
}

TEST_F(WorkerTest, ADestroyedItemIsNotRun) {
  std::optional<Item> dies(std::in_place, say("destroyed"));
  std::optional<Item> dies_too(std::in_place, say("destroyed"));
  Item killer([&] {
    dies.reset();
    dies_too.reset();
  });
  worker.turn([&] {
    worker->when_ready(killer);
    worker->when_ready(*dies);
    worker->at_turn_end(*dies_too);
  });
  EXPECT_EQ(said, "");
}

TEST_F(WorkerTest, ATurnInATurnIsPartOfIt) {
  Item writer(say("writer"));
  worker.turn([&] {
    {
      Worker::Turn inner(*worker);
      worker->at_turn_end(writer);
    }
    say("outer")();
  });
  EXPECT_EQ(said, "outer writer ");
}

TEST_F(WorkerTest, ATurnOfAnotherWorkerInsideIsItsOwn) {
  ManualWorker other;
  Item writer(say("other's writer"));
  worker.turn([&] {
    {
      Worker::Turn inner(*other);
      EXPECT_EQ(Worker::current(), &*other);
      other->at_turn_end(writer);
    }
    EXPECT_EQ(Worker::current(), &*worker);
    say("outer")();
  });
  EXPECT_EQ(said, "other's writer outer ");
}

TEST_F(WorkerTest, ReadinessThatPersistsLetsWritersAndEventsHaveTheirTurn) {
  int rounds = 0;
  bool wrote = false, posted = false;
  Item writer([&] { wrote = true; });
  std::optional<Item> again;
  again.emplace([&] {
    if (++rounds < 10'000) worker->when_ready(*again);
    if (rounds == 1'000) {
      EXPECT_TRUE(wrote) << "a writer must not wait for ever";
      EXPECT_TRUE(posted) << "a posted function must not wait for ever";
    }
  });
  worker->post([&] { posted = true; });
  worker.turn([&] {
    worker->at_turn_end(writer);
    worker->when_ready(*again);
  });
  EXPECT_EQ(rounds, 10'000) << "the turn must be continued until nothing is ready";
}

TEST_F(WorkerTest, WritersThatMakeThingsReadyAreContinued) {
  Item more(say("more")), writer_again(say("again"));
  Item writer([&] {
    say("writer")();
    worker->when_ready(more);
    worker->at_turn_end(writer_again);
  });
  worker.turn([&] { worker->at_turn_end(writer); });
  EXPECT_EQ(said, "writer more again ");
}

TEST_F(WorkerTest, ReadyOutsideOfATurnGetsATurn) {
  worker.turn([] {});
  Item ready(say("ready")), writer(say("writer"));
  worker->when_ready(ready);
  worker->at_turn_end(writer);
  EXPECT_EQ(said, "");
  EXPECT_EQ(worker->io_context().poll(), 1u) << "turns asked for";
  EXPECT_EQ(said, "ready writer ");
  worker->at_turn_end(writer);
  EXPECT_EQ(worker->io_context().poll(), 1u);
  EXPECT_EQ(said, "ready writer writer ");
  worker->when_ready(ready);
  EXPECT_EQ(worker->io_context().poll(), 1u);
  EXPECT_EQ(said, "ready writer writer ready ");
}

TEST_F(WorkerTest, NowStandsStillWithinATurn) {
  worker.turn([&] {
    const auto begin = worker->now();
    EXPECT_EQ(begin, ManualClock::now());
    ManualClock::advance(1s);
    Worker::Turn inner(*worker);
    EXPECT_EQ(worker->now(), begin);
  });
  worker.turn([&] { EXPECT_EQ(worker->now(), ManualClock::now()); });
}

TEST_F(WorkerTest, TimersRunBeforeTheEventOfTheTurn) {
  class Alarm final : public Timer {
   public:
    explicit Alarm(std::function<void()> run) : run_(std::move(run)) {}
    void on_timer() noexcept override { run_(); }

   private:
    std::function<void()> run_;
  } alarm(say("timer"));
  worker.turn([&] { worker->timers().arm(alarm, worker->now() + 1s); });
  ManualClock::advance(1s);
  worker.turn(say("event"));
  EXPECT_EQ(said, "timer event ");
}

TEST_F(WorkerTest, StopEndsRunAndPollGoesOn) {
  worker->post([&] {
    say("first")();
    worker->stop();
  });
  worker->post(say("second"));
  worker->run();
  EXPECT_TRUE(worker->stopped());
  EXPECT_EQ(said, "first ") << "what was posted after stop waits";
  worker->poll();
  EXPECT_EQ(said, "first second ");
}

TEST_F(WorkerTest, TakesPostsFromManyThreads) {
  constexpr int kThreads = 8, kPosts = 2'000;
  std::vector<int> last(kThreads, -1);
  int count = 0;
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kPosts; ++i) {
        worker->post([&, thread, i] {
          EXPECT_EQ(std::exchange(last[thread], i), i - 1) << "the posts of one thread keep their order";
          if (++count == kThreads * kPosts) worker->stop();
        });
      }
    });
  }
  worker->run();
  EXPECT_EQ(count, kThreads * kPosts);
}

TEST(WorkerEnd, DropsWhatIsPostedArmedAndReady) {
  auto held = std::make_shared<int>(1);
  struct Never final : Timer {
    void on_timer() noexcept override { ADD_FAILURE() << "the worker is gone"; }
  } timer;
  Item ready([] { ADD_FAILURE() << "the worker is gone"; }), writer([] { ADD_FAILURE() << "the worker is gone"; });
  {
    ManualWorker worker;
    worker.turn([&] { worker->timers().arm(timer, worker->now() + 1h); });
    worker->when_ready(ready);
    worker->at_turn_end(writer);
    worker->post([held] {});
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(timer.armed());
  EXPECT_FALSE(ready.linked());
  EXPECT_FALSE(writer.linked());
}

TEST(WorkerEnd, APostedFunctionMayHoldASleepingCoroutine) {
  auto worker = std::make_unique<ManualWorker>();
  auto sleeping = std::make_unique<test::Running<void>>(*worker, sleep_for(1h));
  (*worker)->post([sleeping = std::move(sleeping)] {});
  worker.reset();
}

}  // namespace
}  // namespace plinth

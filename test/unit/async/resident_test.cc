#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "plinth/async.h"
#include "plinth/runtime.h"
#include "support/manual_loop.h"

namespace plinth {
namespace {

using test::ManualLoop;

/// Goes when it is told to.
class Guest final : public Worker::Resident {
 public:
  explicit Guest(Worker& worker, int& told) : Resident(worker), told_(told) {}
  void on_worker_end() noexcept override {
    ++told_;
    delete this;
  }

 private:
  int& told_;
};

/// Stays until it is let go.
class Lingerer final : public Worker::Resident {
 public:
  explicit Lingerer(Worker& worker) : Resident(worker) {}
  void on_worker_end() noexcept override { ++told; }
  int told = 0;
};

template <class Function>
void in_turn(ManualLoop& loop, Function function) {
  {
    Worker::Turn in_turn(loop.worker());
    function();
  }
  loop.poll();
}

TEST(Resident, IsToldOnceAndWaitedFor) {
  ManualLoop loop;
  auto lingerer = std::make_unique<Lingerer>(loop.worker());
  int told = 0;
  bool left = false;
  in_turn(loop, [&] { new Guest(loop.worker(), told); });
  in_turn(loop, [&] { loop.worker().end_residents([&] { left = true; }); });
  EXPECT_EQ(told, 1);
  EXPECT_EQ(lingerer->told, 1);
  EXPECT_FALSE(left);
  in_turn(loop, [&] { lingerer.reset(); });
  EXPECT_TRUE(left);
}

TEST(Resident, ThatComesWhileOthersLeaveIsToldAndWaitedForToo) {
  ManualLoop loop;
  auto first = std::make_unique<Lingerer>(loop.worker());
  bool left = false;
  in_turn(loop, [&] { loop.worker().end_residents([&] { left = true; }); });
  std::unique_ptr<Lingerer> late;
  in_turn(loop, [&] { late = std::make_unique<Lingerer>(loop.worker()); });
  EXPECT_EQ(late->told, 1);
  in_turn(loop, [&] { first.reset(); });
  EXPECT_FALSE(left);
  in_turn(loop, [&] { late.reset(); });
  EXPECT_TRUE(left);
}

TEST(Resident, ThatComesAfterTheLastHasLeftIsToldAtOnce) {
  ManualLoop loop;
  bool left = false;
  in_turn(loop, [&] { loop.worker().end_residents([&] { left = true; }); });
  EXPECT_TRUE(left);
  int told = 0;
  in_turn(loop, [&] { new Guest(loop.worker(), told); });
  EXPECT_EQ(told, 1);
}

Task<void> move_in_after_a_blocking_job(int& told) {
  auto job = offload([] {});
  co_await std::move(job);
  new Guest(*Worker::current(), told);
}

class NobodyWaits final : public detail::Completion {
 public:
  void on_complete() noexcept override {}
};

TEST(Resident, ThatALastBlockingJobBringsIsGoneWhenTheRuntimeHasStopped) {
  int told = 0;
  Task<void> late = move_in_after_a_blocking_job(told);
  NobodyWaits nobody;
  {
    Runtime runtime({.workers = 1});
    runtime.worker(0).post([&] { late.start(nullptr, nobody); });
    runtime.stop();
  }
  EXPECT_EQ(told, 1) << "it would leak";
}

}  // namespace
}  // namespace plinth

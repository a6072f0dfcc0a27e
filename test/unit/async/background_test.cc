#include "plinth/background.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "plinth/async.h"
#include "support/kept_log.h"
#include "support/manual_loop.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::KeptLog;
using test::ManualLoop;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BackgroundTaskTest : public ::testing::Test {
 protected:
  Task<void> count_seconds() {
    struct OnExit {
      bool& ended;
      ~OnExit() { ended = true; }
    } on_exit{ended_};
    while (true) {
      auto second = sleep_for(1s);
      co_await std::move(second);
      ++seconds_;
    }
  }

  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();
  ManualLoop loop_{log_};
  int seconds_ = 0;
  bool ended_ = false;
};

TEST_F(BackgroundTaskTest, RunsOnItsWorkerUntilItIsCancelled) {
  BackgroundTask task(loop_.worker(), [this] { return count_seconds(); });
  EXPECT_EQ(seconds_, 0);
  loop_.poll();
  for (int i = 1; i <= 3; ++i) {
    loop_.advance(1s);
    EXPECT_EQ(seconds_, i);
  }
  task.cancel();
  EXPECT_FALSE(ended_);
  loop_.poll();
  EXPECT_TRUE(ended_);
  task.wait();
  EXPECT_THAT(log_->take(), IsEmpty()) << "that a task was cancelled is nothing to log";
}

TEST_F(BackgroundTaskTest, MayBeCancelledBeforeItHasStarted) {
  BackgroundTask task(loop_.worker(), [this] { return count_seconds(); });
  task.cancel();
  loop_.poll();
  task.wait();
  EXPECT_TRUE(ended_);
}

TEST_F(BackgroundTaskTest, MayEndByItself) {
  bool ran = false;
  BackgroundTask task(loop_.worker(), [&]() -> Task<void> {
    ran = true;
    co_return;
  });
  loop_.poll();
  task.wait();
  EXPECT_TRUE(ran);
  EXPECT_THAT(log_->take(), IsEmpty());
}

TEST_F(BackgroundTaskTest, LogsWhatTheTaskThrows) {
  BackgroundTask task(loop_.worker(), []() -> Task<void> {
    auto turn = yield();
    co_await std::move(turn);
    throw std::runtime_error("no table");
  });
  BackgroundTask unmade(loop_.worker(), []() -> Task<void> { throw std::runtime_error("cannot be made"); });
  loop_.poll();
  task.wait();
  unmade.wait();
  EXPECT_THAT(log_->take(), ::testing::UnorderedElementsAre("background_task_failed error=no table",
                                                            "background_task_failed error=cannot be made"));
}

TEST_F(BackgroundTaskTest, ItsDestructorWaitsForTheEnd) {
  RuntimeOptions options;
  options.workers = 1;
  Runtime runtime(std::move(options));
  {
    const BackgroundTask task(runtime.worker(0), [this] { return count_seconds(); });
  }
  EXPECT_TRUE(ended_);
}

TEST_F(BackgroundTaskTest, AMovedOneIsTheSame) {
  BackgroundTask task(loop_.worker(), [this] { return count_seconds(); });
  auto moved = std::move(task);
  moved.cancel();
  loop_.poll();
  moved.wait();
  EXPECT_TRUE(ended_);
}

}  // namespace
}  // namespace plinth

#include "services/health_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "plinth/async.h"
#include "support/gate.h"
#include "support/kept_log.h"
#include "support/manual_loop.h"

namespace plinth::services {
namespace {

using namespace std::chrono_literals;
using test::KeptLog;
using test::ManualLoop;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A dependency whose answer the test decides.
struct Dependency {
  enum class Answer { kTrue, kFalse, kThrow, kThrowNoException, kNever, kBlocks };
  Answer answer = Answer::kTrue;
  int asked = 0;
  int running = 0;

  HealthRegistry::Check check() {
    return [this] { return ask(); };
  }
  void unblock(Worker& worker) { gate_.open(worker); }

 private:
  Task<bool> ask() {
    struct Running {
      int& count;
      explicit Running(int& running) : count(running) { ++count; }
      ~Running() { --count; }
    } const while_asked(running);
    ++asked;
    if (answer == Answer::kThrow) throw std::runtime_error("connection refused");
    if (answer == Answer::kThrowNoException) throw 7;
    if (answer == Answer::kNever) {
      auto for_ever = sleep_for(Duration::max());
      co_await std::move(for_ever);
    }
    if (answer == Answer::kBlocks) {
      co_await gate_.wait();
      co_return true;
    }
    co_return answer == Answer::kTrue;
  }

  test::Gate gate_;
};

using enum Dependency::Answer;

class HealthChecksTest : public ::testing::Test {
 protected:
  HealthChecksTest() {
    board_.open();
    log_->take();
  }
  ~HealthChecksTest() override { stop(); }

  /// `stop` waits for the worker, so it stands on a thread of its own while this one runs the loop.
  void stop() {
    std::atomic<bool> stopped = false;
    std::jthread stopper([&] {
      checks_.stop();
      stopped = true;
    });
    while (!stopped) loop_.poll();
  }

  void start() {
    checks_.start(loop_.worker());
    loop_.poll();
  }

  bool serving() const { return board_.status("") == HealthStatus::kServing; }

  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();
  ManualLoop loop_{log_};
  HealthBoard board_{log_};
  HealthChecks checks_{board_, log_};
  Dependency database_;
  Dependency queue_;
};

TEST_F(HealthChecksTest, WithoutDependenciesTheServerServes) {
  start();
  EXPECT_TRUE(serving());
}

TEST_F(HealthChecksTest, AServerServesOnceItsDependenciesHaveSaidSo) {
  checks_.add("database", database_.check(), {});
  EXPECT_FALSE(serving()) << "nobody has asked the database yet";
  start();
  EXPECT_TRUE(serving());
}

TEST_F(HealthChecksTest, OneThatDoesNotWorkIsEnough) {
  checks_.add("database", database_.check(), {});
  checks_.add("queue", queue_.check(), {});
  queue_.answer = kFalse;
  start();
  EXPECT_FALSE(serving());
}

TEST_F(HealthChecksTest, AsksEveryFiveSecondsAndWaitsFiveForTheAnswer) {
  database_.answer = kNever;
  checks_.add("database", database_.check(), {});
  start();
  loop_.advance(4999ms);
  EXPECT_EQ(database_.running, 1);
  loop_.advance(2ms);
  EXPECT_EQ(database_.running, 0);
  loop_.advance(4990ms);
  EXPECT_EQ(database_.asked, 1);
  loop_.advance(20ms);
  EXPECT_EQ(database_.asked, 2);
}

TEST_F(HealthChecksTest, AsksAgainAfterEachInterval) {
  checks_.add("database", database_.check(), {.interval = 5s});
  checks_.add("queue", queue_.check(), {.interval = 1s});
  start();
  EXPECT_EQ(database_.asked, 1);
  loop_.advance(4999ms);
  EXPECT_EQ(database_.asked, 1);
  loop_.advance(2ms);
  EXPECT_EQ(database_.asked, 2);
  EXPECT_EQ(queue_.asked, 2) << "a loop that ran late asks once for all that it has missed";
  loop_.advance(1001ms);
  EXPECT_EQ(queue_.asked, 3);
}

TEST_F(HealthChecksTest, ADependencyThatFailsAndRecoversIsFollowed) {
  checks_.add("database", database_.check(), {});
  start();
  EXPECT_TRUE(serving());
  for (const auto failure : {kFalse, kThrow, kThrowNoException}) {
    database_.answer = failure;
    loop_.advance(6s);
    EXPECT_FALSE(serving()) << "after answer " << static_cast<int>(failure);
    database_.answer = kTrue;
    loop_.advance(6s);
    EXPECT_TRUE(serving()) << "after answer " << static_cast<int>(failure);
  }
}

TEST_F(HealthChecksTest, OneThatDoesNotAnswerInTimeFails) {
  database_.answer = kNever;
  checks_.add("database", database_.check(), {.interval = 1s, .timeout = 2s});
  start();
  loop_.advance(1900ms);
  EXPECT_EQ(database_.running, 1) << "it has two seconds";
  loop_.advance(200ms);
  EXPECT_EQ(database_.running, 0) << "a check whose time is over is cancelled";
  EXPECT_FALSE(serving());
  EXPECT_THAT(log_->take(), ElementsAre("health_status_changed service= status=NOT_SERVING",
                                        "health_dependency_unhealthy dependency=database "
                                        "error=DEADLINE_EXCEEDED: the timeout has passed"));
  database_.answer = kTrue;
  loop_.advance(1001ms);
  EXPECT_TRUE(serving());
}

TEST_F(HealthChecksTest, OneThatBlocksFailsInTimeToo) {
  database_.answer = kBlocks;
  checks_.add("database", database_.check(), {.interval = 1s, .timeout = 2s});
  checks_.add("queue", queue_.check(), {});
  start();
  log_->take();
  loop_.advance(2001ms);
  EXPECT_EQ(database_.running, 1) << "it cannot be cancelled";
  const auto late = "health_dependency_unhealthy dependency=database error=DEADLINE_EXCEEDED: the timeout has passed";
  EXPECT_THAT(log_->take(), ElementsAre(late));
  database_.unblock(loop_.worker());
  loop_.poll();
  EXPECT_FALSE(serving()) << "a late answer does not count";
  database_.answer = kTrue;
  loop_.advance(1001ms);
  EXPECT_TRUE(serving());
}

TEST_F(HealthChecksTest, LogsFailureAndRecoveryOnce) {
  checks_.add("database", database_.check(), {});
  checks_.add("queue", queue_.check(), {});
  start();
  EXPECT_THAT(log_->take(), ElementsAre("health_status_changed service= status=NOT_SERVING",
                                        "health_status_changed service= status=SERVING"));
  database_.answer = kThrow;
  for (int i = 0; i < 3; ++i) loop_.advance(6s);
  EXPECT_THAT(log_->take(), ElementsAre("health_dependency_unhealthy dependency=database "
                                        "error=UNAVAILABLE: connection refused",
                                        "health_status_changed service= status=NOT_SERVING"));
  database_.answer = kTrue;
  for (int i = 0; i < 3; ++i) loop_.advance(6s);
  EXPECT_THAT(log_->take(), ElementsAre("health_dependency_recovered dependency=database",
                                        "health_status_changed service= status=SERVING"));
}

TEST_F(HealthChecksTest, MayBeAddedWhileTheOthersRun) {
  start();
  queue_.answer = kFalse;
  checks_.add("queue", queue_.check(), {});
  EXPECT_FALSE(serving());
  loop_.poll();
  EXPECT_EQ(queue_.asked, 1);
  queue_.answer = kTrue;
  loop_.advance(6s);
  EXPECT_TRUE(serving());
}

TEST_F(HealthChecksTest, StoppingEndsAChecksThatRuns) {
  database_.answer = kNever;
  checks_.add("database", database_.check(), {});
  checks_.add("queue", queue_.check(), {});
  start();
  EXPECT_EQ(database_.running, 1);
  log_->take();
  stop();
  EXPECT_EQ(database_.running, 0);
  EXPECT_THAT(log_->take(), IsEmpty()) << "a cancelled check says nothing about its dependency";
  loop_.advance(1h);
  EXPECT_EQ(database_.asked, 1);
  EXPECT_EQ(queue_.asked, 1);
}

TEST_F(HealthChecksTest, StartsAfreshAfterAStop) {
  checks_.add("database", database_.check(), {});
  start();
  stop();
  database_.answer = kNever;
  start();
  EXPECT_EQ(database_.asked, 2);
  EXPECT_FALSE(serving()) << "what it said before the stop no longer counts";
}

TEST_F(HealthChecksTest, StartingTwiceAsksOnce) {
  checks_.add("database", database_.check(), {});
  start();
  start();
  EXPECT_EQ(database_.asked, 1);
}

}  // namespace
}  // namespace plinth::services

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

#include "plinth/testing.h"

namespace plinth::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

Task<int> answer() { co_return 42; }

Task<void> tick(Worker& worker, std::vector<TimePoint>& times) {
  for (int i = 0; i < 3; ++i) {
    auto pause = sleep_for(1s);
    co_await std::move(pause);
    times.push_back(worker.now());
  }
}

TEST(ManualLoop, RunsWhatNeedsNoTime) {
  ManualLoop loop;
  EXPECT_EQ(loop.run(answer), 42);
}

TEST(ManualLoop, GivesWhatTheTaskThrows) {
  ManualLoop loop;
  auto failing = []() -> Task<int> {
    throw StatusError(not_found("nothing"));
    co_return 0;
  };
  EXPECT_THROW(loop.run(failing), StatusError);
}

TEST(ManualLoop, LetsEverythingHappenAtItsTime) {
  ManualLoop loop;
  const auto began = loop.worker().now();
  std::vector<TimePoint> times;
  auto ticking = loop.start([&] { return tick(loop.worker(), times); });
  loop.advance(999ms);
  EXPECT_TRUE(times.empty());
  loop.advance(10s);
  EXPECT_TRUE(ticking.done());
  ASSERT_EQ(times.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_GE(times[i] - began, (i + 1) * 1s);
    EXPECT_LT(times[i] - began, (i + 1) * 1s + 10ms);
  }
}

TEST(ManualLoop, KeepsTheFunctionForAsLongAsItsTaskRuns) {
  ManualLoop loop;
  std::string seen;
  auto running = loop.start([text = std::string(100, 'x'), &seen]() -> Task<void> {
    auto pause = sleep_for(1s);
    co_await std::move(pause);
    seen = text;
  });
  loop.advance(1s);
  EXPECT_EQ(seen, std::string(100, 'x'));
  EXPECT_TRUE(running.done());
}

TEST(ManualLoop, DroppingATaskCancelsIt) {
  ManualLoop loop;
  std::vector<std::string> seen;
  auto sleeper = [&]() -> Task<void> {
    try {
      auto pause = sleep_for(1h);
      co_await std::move(pause);
    } catch (const StatusError& error) {
      seen.push_back(error.status().to_string());
    }
  };
  {
    auto running = loop.start(sleeper);
  }
  EXPECT_THAT(seen, ElementsAre("CANCELLED: the test has cancelled it"));
}

TEST(ManualLoopDeathTest, SaysThatATaskWaitsForTime) {
  ManualLoop loop;
  auto sleeper = []() -> Task<void> {
    auto pause = sleep_for(1h);
    co_await std::move(pause);
  };
  EXPECT_DEATH(loop.run(sleeper), "let the time pass with advance");
}

}  // namespace
}  // namespace plinth::testing

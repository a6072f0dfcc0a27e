// Many threads count the same.

#include <gmock/gmock.h>

#include <barrier>
#include <thread>
#include <vector>

#include "plinth/metrics.h"
#include "telemetry/metrics_cells.h"

namespace plinth {
namespace {

using testing::HasSubstr;

/// More than have numbers of their own.
constexpr std::size_t kManyThreads = telemetry::Cells::kThreads + 20;

TEST(MetricsThreads, LoseNothingWhenTheyCountTogether) {
  const auto metrics = make_metrics();
  auto& counter = metrics->counter("cats_total", "");
  auto& gauge = metrics->gauge("cats", "");
  constexpr double kBounds[] = {1};
  auto& histogram = metrics->histogram("nap_seconds", "", kBounds);
  std::barrier together(kManyThreads);
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < kManyThreads; ++i) {
    threads.emplace_back([&] {
      together.arrive_and_wait();
      for (int round = 0; round < 100; ++round) {
        counter.add();
        gauge.add(round % 2 ? 1 : -1);
        histogram.observe(round % 4);
      }
      together.arrive_and_wait();
    });
  }
  threads.clear();
  const auto text = metrics->text();
  EXPECT_THAT(text, HasSubstr("\ncats_total 8300\n"));
  EXPECT_THAT(text, HasSubstr("\ncats 0\n"));
  EXPECT_THAT(text, HasSubstr("\nnap_seconds_bucket{le=\"1\"} 4150\nnap_seconds_bucket{le=\"+Inf\"} 8300\n"));
  EXPECT_THAT(text, HasSubstr("\nnap_seconds_sum 12450\n"));
}

TEST(MetricsThreads, LeaveWhatTheyHaveCountedToTheNext) {
  const auto metrics = make_metrics();
  auto& counter = metrics->counter("cats_total", "");
  for (std::size_t i = 0; i < kManyThreads; ++i) std::jthread([&] { counter.add(); });
  EXPECT_THAT(metrics->text(), HasSubstr("\ncats_total 83\n"));
}

TEST(MetricsThreads, MayReadAndMakeWhileOthersCount) {
  const auto metrics = make_metrics();
  std::atomic<bool> stop = false;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 100; ++i) metrics->counter("cats_total", "", {{"i", std::to_string(i)}}).add();
      if (thread == 0) stop = true;
    });
  }
  do {
    metrics->text();
  } while (!stop);
  threads.clear();
  EXPECT_THAT(metrics->text(), HasSubstr("\ncats_total{i=\"99\"} 3\n"));
}

TEST(MetricsThreads, WaitForAnUpdateThatRunsBeforeItGoes) {
  const auto metrics = make_metrics();
  std::barrier running(2);
  bool alive = true;
  bool seen_alive = false;
  auto hold = metrics->before_reading([&] {
    running.arrive_and_wait();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    seen_alive = alive;
  });
  std::jthread reader([&] { metrics->text(); });
  running.arrive_and_wait();
  hold.reset();
  alive = false;
  reader.join();
  EXPECT_TRUE(seen_alive);
}

}  // namespace
}  // namespace plinth

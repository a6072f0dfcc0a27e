#include "services/health_board.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "plinth/async.h"

namespace plinth::services {
namespace {

Task<int> changes_until_closed(HealthBoard& board) {
  const HealthBoard::Watcher watcher(board, "a.Service");
  int changes = 0;
  while (!watcher.view().closed) {
    auto change = watcher.changed();
    co_await std::move(change);
    ++changes;
  }
  co_return changes;
}

TEST(HealthBoard, WatchersOnManyWorkersMissNoLastChange) {
  RuntimeOptions options;
  options.workers = 2;
  Runtime runtime(std::move(options));
  HealthBoard board(make_null_logger());
  board.open();
  std::vector<std::jthread> watchers;
  for (std::size_t i = 0; i < 4; ++i) {
    watchers.emplace_back([&, i] {
      auto watching = with_timeout(std::chrono::seconds(20), changes_until_closed(board));
      EXPECT_NO_THROW(EXPECT_LE(sync_wait(runtime.worker(i % 2), std::move(watching)), 2001))
          << "it sleeps, and the last change is over";
    });
  }
  {
    const auto flip = [&board] {
      for (int i = 0; i < 1000; ++i) {
        board.set_status("a.Service", i % 2 ? HealthStatus::kServing : HealthStatus::kNotServing);
      }
    };
    const std::jthread one(flip);
    const std::jthread two(flip);
  }
  board.close();
}

}  // namespace
}  // namespace plinth::services

#include "async/watchdog.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "plinth/method.h"

namespace plinth {

using namespace std::chrono_literals;

Watchdog::Watchdog(std::span<const std::unique_ptr<Worker>> workers, std::chrono::milliseconds limit, Logger& logger)
    : workers_(workers),
      limit_(limit),
      logger_(logger),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void Watchdog::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::vector<std::int64_t> reported(workers_.size(), 0);
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, std::max(limit_ / 2, 1ms), [] { return false; });
    for (std::size_t index = 0; index < workers_.size(); ++index) look_at(*workers_[index], reported[index]);
  }
}

void Watchdog::look_at(const Worker& worker, std::int64_t& reported) const {
  const auto turn = worker.turn_in_progress();
  if (turn.began == 0 || turn.began == reported) return;
  const auto now = Clock::now().time_since_epoch();
  const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(now - Duration(turn.began));
  if (held < limit_) return;
  reported = turn.began;
  logger_.warning("grpc_loop_blocked", {{"method", turn.method ? turn.method->path : std::string_view("unknown")},
                                        {"worker", worker.index()},
                                        {"duration_ms", held.count()},
                                        {"hint", "run code that blocks through co_await offload(...)"}});
}

}  // namespace plinth

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "plinth/log.h"
#include "plinth/runtime.h"

namespace plinth {

/// Looks from its own thread at how long the workers' turns take, and names in the log the method that holds one up:
/// once a turn. Costs the workers two relaxed stores a turn, and one a resumption.
class Watchdog {
 public:
  Watchdog(std::span<const std::unique_ptr<Worker>> workers, std::chrono::milliseconds limit, Logger& logger);

 private:
  void watch(const std::stop_token& stop);
  void look_at(const Worker& worker, std::int64_t& reported) const;

  std::span<const std::unique_ptr<Worker>> workers_;
  std::chrono::milliseconds limit_;
  Logger& logger_;
  std::jthread thread_;
};

}  // namespace plinth

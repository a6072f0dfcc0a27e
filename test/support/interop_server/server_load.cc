#include "server_load.h"

#include <chrono>

#include "plinth/async.h"

namespace plinth::interop {

namespace {
constexpr std::chrono::milliseconds kPause(10);
}

LoadReport ServerLoad::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

ServerLoad::Turn::~Turn() {
  if (!taken_) return;
  set({});
  load_.free_.release();
}

Task<void> ServerLoad::Turn::take() {
  while (!taken_) {
    taken_ = load_.free_.try_acquire();
    if (taken_) co_return;
    auto pause = sleep_for(kPause);
    co_await std::move(pause);
  }
}

void ServerLoad::Turn::set(LoadReport report) {
  const std::lock_guard lock(load_.mutex_);
  load_.report_ = std::move(report);
}

}  // namespace plinth::interop

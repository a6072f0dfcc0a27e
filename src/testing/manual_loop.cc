#include <algorithm>

#include "async/offload_pool.h"
#include "async/timer_wheel.h"
#include "base/assert.h"
#include "plinth/testing.h"

namespace plinth::testing {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kOffloadQueue = 1024;
constexpr Duration kLeastStep = 1ms;

thread_local TimePoint current_time = Clock::now();

TimePoint manual_now() noexcept { return current_time; }

}  // namespace

ManualLoop::ManualLoop()
    : offload_(new OffloadPool(1, kOffloadQueue), [](OffloadPool* pool) { delete pool; }),
      logger_(make_null_logger()),
      worker_(std::make_unique<Worker>(0, offload_.get(), logger_.get(), &manual_now)) {}

ManualLoop::~ManualLoop() {
  bool left = false;
  {
    Worker::Turn turn(*worker_);
    worker_->end_residents([&left] { left = true; });
  }
  poll();
  PLINTH_ASSERT(left, "a ManualLoop outlives the servers and channels that are used on it");
  offload_->join();
}

void ManualLoop::poll() { worker_->poll(); }

void ManualLoop::advance(Duration time) {
  const auto until = current_time + time;
  for (auto next = worker_->timers().next(); next && *next < until; next = worker_->timers().next()) {
    current_time = std::min(std::max(*next, current_time + kLeastStep), until);
    poll();
  }
  current_time = until;
  poll();
}

void detail::check_done(bool done) noexcept {
  PLINTH_ASSERT(done, "a task that waits for time has not ended: start it, and let the time pass with advance");
}

}  // namespace plinth::testing

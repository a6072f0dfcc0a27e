#include "plinth/runtime.h"

#include <sched.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>

#include "async/offload_pool.h"
#include "async/watchdog.h"
#include "base/assert.h"

namespace plinth {

struct Runtime::Threads {
  std::mutex mutex;
  std::vector<std::jthread> list;
};

namespace {

/// Waits until nothing lives on the workers any more.
void end_residents(std::span<const std::unique_ptr<Worker>> workers) {
  for (const auto& worker : workers) {
    std::promise<void> done;
    worker->post([&] { worker->end_residents([&done] { done.set_value(); }); });
    done.get_future().wait();
  }
}

void run_until(const std::stop_token& stop, Worker& worker) {
  std::stop_callback end(stop, [&worker] { worker.stop(); });
  worker.run();
}

}  // namespace

Runtime::Runtime(RuntimeOptions options)
    : logger_(options.logger ? std::move(options.logger) : make_null_logger()),
      offload_(std::make_unique<OffloadPool>(options.offload_threads, options.offload_queue)),
      threads_(std::make_unique<Threads>()) {
  const auto count = options.workers != 0 ? options.workers : available_cores();
  for (std::size_t index = 0; index < count; ++index) {
    workers_.push_back(std::make_unique<Worker>(index, offload_.get(), logger_.get()));
  }
  for (auto& worker : workers_) {
    threads_->list.emplace_back(run_until, std::ref(*worker));
  }
  if (options.slow_turn.count() > 0) watchdog_ = std::make_unique<Watchdog>(workers_, options.slow_turn, *logger_);
}

Runtime::~Runtime() { stop(); }

void Runtime::stop() {
  PLINTH_ASSERT(std::ranges::find(workers_, Worker::current(), &std::unique_ptr<Worker>::get) == workers_.end(),
                "Runtime::stop would wait for its own thread: call it from outside of its workers");
  std::lock_guard lock(threads_->mutex);
  if (threads_->list.empty()) return;
  end_residents(workers_);
  watchdog_.reset();
  offload_->join();
  end_residents(workers_);  // what the last blocking jobs were waited for by has perhaps made more
  threads_->list.clear();
}

RuntimeStats Runtime::stats() const {
  RuntimeStats stats;
  const auto now = Clock::now().time_since_epoch();
  for (const auto& worker : workers_) {
    const Duration began(worker->turn_in_progress().began);
    stats.loop_lags.push_back(worker->loop_lag());
    stats.turns_in_progress.push_back(began == Duration::zero() ? Duration::zero() : now - began);
  }
  using enum OffloadPool::Lane;
  for (const auto lane : {kFunctions, kCalls}) {  // lookups are our own: reading this may be one
    stats.offload_queued += offload_->queued(lane);
    stats.offload_busy += offload_->busy(lane);
  }
  return stats;
}

std::size_t available_cores() noexcept {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace plinth

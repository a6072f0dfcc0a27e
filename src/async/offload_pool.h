#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "plinth/status.h"

namespace plinth {

/// Threads for code that blocks. They are started with the first job. Any thread may submit.
class OffloadPool {
 public:
  /// At least one thread; `queue_limit` jobs may wait while all are busy.
  OffloadPool(std::size_t threads, std::size_t queue_limit);
  ~OffloadPool();

  /// Runs `work` on one of the threads; when it gives true, then `done`, with the thread's place free for another job.
  /// An error, and neither runs, when too many jobs wait or the pool has been joined.
  Status submit(std::move_only_function<bool()> work, std::move_only_function<void()> done);

  /// Jobs that wait or run.
  std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }

  /// Finishes what was submitted and joins the threads; takes nothing from then on.
  void join();

 private:
  struct Threads;

  std::size_t size_;
  std::size_t queue_limit_;
  std::atomic<std::size_t> pending_ = 0;
  std::mutex mutex_;
  bool joined_ = false;
  std::unique_ptr<Threads> threads_;
};

}  // namespace plinth

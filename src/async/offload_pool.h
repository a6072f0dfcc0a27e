#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

namespace plinth {

/// Threads for code that blocks. They are started with the first job. Any thread may submit.
class OffloadPool {
 public:
  OffloadPool(std::size_t threads, std::size_t queue_limit);
  ~OffloadPool();

  /// Runs `job` on one of the threads; false when too many wait already.
  bool submit(std::move_only_function<void()> job);

  /// Jobs that wait or run.
  std::size_t pending() const noexcept { return pending_.load(std::memory_order_relaxed); }

  /// Finishes what was submitted and joins the threads.
  void join();

 private:
  struct Threads;

  std::size_t size_;
  std::size_t limit_;
  std::atomic<std::size_t> pending_ = 0;
  std::mutex mutex_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace plinth

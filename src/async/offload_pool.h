#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth {

/// Threads for code that blocks, in lanes. Those of a lane are started with its first job. Any thread may submit.
class OffloadPool {
 public:
  /// A job may wait for one of another lane, as calls do for functions and both for lookups; so each has threads of its
  /// own.
  enum class Lane : std::uint8_t { kFunctions, kCalls, kLookups };

  /// At least one thread in each lane; `queue_limit` jobs may wait there while all are busy.
  OffloadPool(std::size_t threads, std::size_t queue_limit);
  ~OffloadPool();

  /// Runs `work` on one of the threads; when it gives true, then `done`, with the thread's place free for another job.
  /// An error, and neither runs, when too many jobs wait or the pool has been joined.
  Status submit(std::move_only_function<bool()> work, std::move_only_function<void()> done,
                Lane lane = Lane::kFunctions);

  /// Jobs that wait or run.
  std::size_t pending() const noexcept { return queued() + busy(); }
  std::size_t queued() const noexcept;
  std::size_t busy() const noexcept;
  std::size_t queued(Lane lane) const noexcept;
  std::size_t busy(Lane lane) const noexcept;

  /// Finishes what was submitted and joins the threads; takes nothing from then on.
  void join();

 private:
  struct Threads;

  std::size_t queue_limit_;
  std::mutex mutex_;
  bool joined_ = false;
  std::array<std::unique_ptr<Threads>, 3> lanes_;
};

/// As plinth::offload, on the threads of a lane.
Task<void> offload_to(OffloadPool::Lane lane, std::move_only_function<void()> function, std::exception_ptr& error);

}  // namespace plinth

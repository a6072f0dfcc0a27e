#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "server/server_call.h"

namespace plinth::server {

/// The calls of one worker that are done, for reuse by all of its connections: the last one given back is taken first,
/// while it is still in the processor's cache.
class CallPool {
 public:
  CallPool(Shared& shared, Worker& worker) noexcept : shared_(shared), worker_(worker) {}

  std::unique_ptr<ServerCall> take() {
    in_use_.store(in_use() + 1, std::memory_order_relaxed);
    if (spare_.empty()) return std::make_unique<ServerCall>(shared_, worker_);
    auto call = std::move(spare_.back());
    spare_.pop_back();
    return call;
  }

  void give_back(std::unique_ptr<ServerCall> call) {
    in_use_.store(in_use() - 1, std::memory_order_relaxed);
    if (spare_.size() < kMostSpare) spare_.push_back(std::move(call));
  }

  /// Calls that have not ended. From any thread.
  std::size_t in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMostSpare = 1024;

  Shared& shared_;
  Worker& worker_;
  std::atomic<std::size_t> in_use_ = 0;
  std::vector<std::unique_ptr<ServerCall>> spare_;
};

}  // namespace plinth::server

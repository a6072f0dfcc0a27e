#include "async/offload_pool.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace plinth {

namespace {

/// More lookups than this never run at the same time.
constexpr std::size_t kLookupThreads = 4;

}  // namespace

struct OffloadPool::Threads {
  explicit Threads(std::size_t count) : size(std::max<std::size_t>(count, 1)) {}

  std::size_t busy() const noexcept { return std::min(size, pending.load(std::memory_order_relaxed)); }
  std::size_t queued() const noexcept { return pending.load(std::memory_order_relaxed) - busy(); }

  const std::size_t size;
  std::atomic<std::size_t> pending = 0;
  std::unique_ptr<boost::asio::thread_pool> pool;
};

OffloadPool::OffloadPool(std::size_t threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
  for (auto& lane : lanes_) lane = std::make_unique<Threads>(threads);
  auto& lookups = lanes_[static_cast<std::size_t>(Lane::kLookups)];
  lookups = std::make_unique<Threads>(std::min(threads, kLookupThreads));
}

OffloadPool::~OffloadPool() { join(); }

Status OffloadPool::submit(std::move_only_function<bool()> work, std::move_only_function<void()> done, Lane lane) {
  auto& threads = *lanes_[static_cast<std::size_t>(lane)];
  std::lock_guard lock(mutex_);
  if (joined_) return unavailable("the runtime has stopped: it takes no more blocking jobs");
  const auto before = threads.pending.load();
  if (before >= threads.size && before - threads.size >= queue_limit_) {
    return resource_exhausted("too many blocking jobs are waiting for a thread");
  }
  if (!threads.pool) threads.pool = std::make_unique<boost::asio::thread_pool>(threads.size);
  ++threads.pending;
  boost::asio::post(*threads.pool, [&threads, work = std::move(work), done = std::move(done)]() mutable {
    const bool ran = work();
    --threads.pending;
    if (ran) done();
  });
  return Status();
}

std::size_t OffloadPool::queued() const noexcept {
  std::size_t count = 0;
  for (const auto& lane : lanes_) count += lane->queued();
  return count;
}

std::size_t OffloadPool::busy() const noexcept {
  std::size_t count = 0;
  for (const auto& lane : lanes_) count += lane->busy();
  return count;
}

std::size_t OffloadPool::queued(Lane lane) const noexcept { return lanes_[static_cast<std::size_t>(lane)]->queued(); }
std::size_t OffloadPool::busy(Lane lane) const noexcept { return lanes_[static_cast<std::size_t>(lane)]->busy(); }

void OffloadPool::join() {
  {
    std::lock_guard lock(mutex_);
    joined_ = true;
  }
  for (auto& lane : lanes_) {
    if (lane->pool) lane->pool->join();
  }
}

}  // namespace plinth

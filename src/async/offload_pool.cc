#include "async/offload_pool.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace plinth {

struct OffloadPool::Threads {
  explicit Threads(std::size_t size) : pool(size) {}
  boost::asio::thread_pool pool;
};

OffloadPool::OffloadPool(std::size_t threads, std::size_t queue_limit)
    : size_(std::max<std::size_t>(threads, 1)), queue_limit_(queue_limit) {}

OffloadPool::~OffloadPool() { join(); }

Status OffloadPool::submit(std::move_only_function<bool()> work, std::move_only_function<void()> done) {
  std::lock_guard lock(mutex_);
  if (joined_) return unavailable("the runtime has stopped: it takes no more blocking jobs");
  const auto before = pending();
  if (before >= size_ && before - size_ >= queue_limit_) {
    return resource_exhausted("too many blocking jobs are waiting for a thread");
  }
  if (!threads_) threads_ = std::make_unique<Threads>(size_);
  ++pending_;
  boost::asio::post(threads_->pool, [this, work = std::move(work), done = std::move(done)]() mutable {
    const bool ran = work();
    --pending_;
    if (ran) done();
  });
  return Status();
}

void OffloadPool::join() {
  std::unique_ptr<Threads> threads;
  {
    std::lock_guard lock(mutex_);
    joined_ = true;
    threads = std::move(threads_);
  }
  if (threads) threads->pool.join();
}

}  // namespace plinth

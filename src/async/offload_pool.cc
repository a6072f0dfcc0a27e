#include "async/offload_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace plinth {

struct OffloadPool::Threads {
  explicit Threads(std::size_t size) : pool(size) {}
  boost::asio::thread_pool pool;
};

OffloadPool::OffloadPool(std::size_t threads, std::size_t queue_limit) : size_(threads), limit_(threads + queue_limit) {}

OffloadPool::~OffloadPool() { join(); }

bool OffloadPool::submit(std::move_only_function<void()> job) {
  if (pending_.fetch_add(1) >= limit_) {
    pending_.fetch_sub(1);
    return false;
  }
  std::lock_guard lock(mutex_);
  if (!threads_) threads_ = std::make_unique<Threads>(size_);
  boost::asio::post(threads_->pool, [this, job = std::move(job)]() mutable {
    job();
    pending_.fetch_sub(1);
  });
  return true;
}

void OffloadPool::join() {
  std::lock_guard lock(mutex_);
  if (threads_) threads_->pool.join();
}

}  // namespace plinth

#include "client/worker_channels.h"

#include <algorithm>

#include "async/here.h"
#include "client/worker_channel.h"

namespace plinth::client {

std::shared_ptr<WorkerChannel> WorkerChannels::here(const std::shared_ptr<Shared>& shared) {
  auto& worker = plinth::here();
  if (auto* found = worker.find_resident(this)) return static_cast<WorkerChannel*>(found)->shared_from_this();
  auto part = WorkerChannel::make(shared, worker);
  Status closed;
  {
    std::lock_guard lock(mutex_);
    parts_.push_back(part.get());
    closed = closed_;
  }
  if (!closed.ok()) part->shut_down(closed);
  return part;
}

ChannelState WorkerChannels::state(const Worker& worker) const {
  std::lock_guard lock(mutex_);
  if (!closed_.ok()) return ChannelState::kShutdown;
  const auto found = std::ranges::find(parts_, &worker, [](WorkerChannel* part) { return &part->worker(); });
  return found == parts_.end() ? ChannelState::kIdle : (*found)->state();
}

void WorkerChannels::each(const std::function<void(WorkerChannel& part)>& show) const {
  std::lock_guard lock(mutex_);
  for (auto* part : parts_) show(*part);
}

/// With the lock held, so that a part which is about to end with its worker cannot be gone before it is told.
void WorkerChannels::close(const Status& why) {
  std::lock_guard lock(mutex_);
  if (!closed_.ok()) return;
  closed_ = why;
  for (auto* part : parts_) {
    part->worker().post([part = part->weak_from_this(), why] {
      if (auto alive = part.lock()) alive->shut_down(why);
    });
  }
}

bool WorkerChannels::closed() const {
  std::lock_guard lock(mutex_);
  return !closed_.ok();
}

void WorkerChannels::wait_until_gone() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return parts_.empty(); });
}

void WorkerChannels::remove(const WorkerChannel& part) {
  std::lock_guard lock(mutex_);
  std::erase(parts_, &part);
  changed_.notify_all();
}

}  // namespace plinth::client

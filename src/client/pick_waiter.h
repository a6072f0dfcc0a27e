#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "plinth/load_balancer.h"

namespace plinth::client {

class Backend;
class Connection;

/// Needs a connection, now or as soon as there is one.
class PickWaiter : public detail::ListNode {
 public:
  /// Some that wait for the same, the first that came in front.
  class Queue {
   public:
    bool empty() const noexcept { return waiters_.empty(); }
    std::size_t size() const noexcept { return size_; }
    PickWaiter& front() noexcept { return waiters_.front(); }
    PickWaiter& back() noexcept { return waiters_.back(); }

   private:
    friend class PickWaiter;
    detail::List<PickWaiter> waiters_;
    std::size_t size_ = 0;
  };

  virtual PickArguments pick_arguments() const noexcept = 0;
  virtual bool waits_for_ready() const noexcept = 0;
  /// It has to wait, for the target's names or for a connection. Told again when it still has to.
  enum class Missing : std::uint8_t { kNames, kConnection };
  virtual void on_wait(Missing what) noexcept = 0;
  /// Says whether it could use the connection: then it waits no longer.
  virtual bool on_picked(Backend& backend, Connection& connection) = 0;
  virtual void on_pick_failed(Status status) = 0;

  void wait_in(Queue& queue) noexcept {
    queue.waiters_.push_back(*this);
    ++queue.size_;
    queue_ = &queue;
  }
  /// Whatever list or queue it waits in.
  void stop_waiting() noexcept {
    unlink();
    if (queue_) --std::exchange(queue_, nullptr)->size_;
  }

 protected:
  ~PickWaiter() { stop_waiting(); }

 private:
  Queue* queue_ = nullptr;
};

}  // namespace plinth::client

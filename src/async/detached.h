#pragma once

#include <utility>

#include "async/here.h"
#include "plinth/task.h"

namespace plinth {

/// A task that keeps itself until it ends, and whose end nobody waits for. What it throws is dropped.
class Detached final : private detail::Completion, private Worker::Ready {
 public:
  /// Starts it, on this worker.
  static void start(Task<void> task) {
    auto* self = new Detached(std::move(task));
    if (self->task_.start(&self->scope_, *self)) delete self;
  }

 private:
  explicit Detached(Task<void> task) noexcept : task_(std::move(task)) {}
  ~Detached() = default;

  void on_complete() noexcept override { here().when_ready(*this); }
  void on_ready() noexcept override { delete this; }

  CancelScope scope_;
  Task<void> task_;
};

}  // namespace plinth

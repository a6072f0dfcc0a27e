#pragma once

#include <coroutine>

#include "plinth/cancel.h"
#include "plinth/runtime.h"

namespace plinth {

/// A coroutine that waits, and goes on in its own scope: in the queue of a worker's turn, or at once.
class Resumption final : public Worker::Ready {
 public:
  /// Remembers who waits; gives the scope that it waits in.
  template <class Promise>
  CancelScope* set(std::coroutine_handle<Promise> coroutine) noexcept {
    set(coroutine, coroutine.promise().scope());
    return scope_;
  }
  void set(std::coroutine_handle<> coroutine, CancelScope* scope) noexcept {
    coroutine_ = coroutine;
    scope_ = scope;
  }

  void schedule(Worker& worker) noexcept { worker.when_ready(*this); }

  void on_ready() noexcept override {
    CancelScope::Entered entered(scope_);
    coroutine_.resume();
  }

 private:
  std::coroutine_handle<> coroutine_;
  CancelScope* scope_ = nullptr;
};

}  // namespace plinth

#pragma once

#include <coroutine>
#include <utility>

#include "async/resume.h"
#include "plinth/cancel.h"

namespace plinth {

/// Wakes one coroutine: now if it waits, else as soon as it does. Several `set` before that count once.
class Signal final : private CancelScope::Observer {
 public:
  /// Resumes the waiting coroutine later in this turn.
  void set() noexcept {
    if (take_waiter()) resumption_.schedule(*Worker::current());
  }
  /// Resumes it inside of this call.
  void set_now() noexcept {
    if (take_waiter()) resumption_.on_ready();
  }

  class Wait {
   public:
    explicit Wait(Signal& signal) noexcept : signal_(signal) {}
    bool await_ready() const noexcept { return std::exchange(signal_.set_, false); }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> self) {
      signal_.woken_ = false;
      auto* scope = signal_.scope_ = signal_.resumption_.set(self);
      if (scope && scope->cancelled()) return false;
      if (scope) scope->attach(signal_);
      signal_.waiting_ = true;
      return true;
    }
    void await_resume() const {
      const auto* scope = std::exchange(signal_.scope_, nullptr);
      if (!scope || !scope->cancelled()) return;
      if (signal_.woken_) signal_.set_ = true;  // nobody has seen it: the next wait does
      scope->check();
    }

   private:
    Signal& signal_;
  };
  Wait wait() noexcept { return Wait(*this); }

 private:
  void on_cancel(const Status&) noexcept override {
    waiting_ = false;
    resumption_.schedule(*Worker::current());
  }

  bool take_waiter() noexcept {
    unlink();
    set_ = !waiting_;
    woken_ = waiting_;
    return std::exchange(waiting_, false);
  }

  bool set_ = false;
  bool waiting_ = false;
  /// By `set`, and not by the scope.
  bool woken_ = false;
  CancelScope* scope_ = nullptr;
  Resumption resumption_;
};

}  // namespace plinth

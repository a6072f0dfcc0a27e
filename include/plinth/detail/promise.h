#pragma once

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

#include "plinth/cancel.h"
#include "plinth/detail/pool.h"

namespace plinth::detail {

/// Told when a coroutine that nobody awaits has finished. Must not destroy it from inside of `on_complete`.
class Completion {
 public:
  virtual void on_complete() noexcept = 0;

 protected:
  ~Completion() = default;
};

/// What the promises of Task and Generator have in common: pooled frames, the scope of the call,
/// and who goes on when the coroutine stops.
///
/// A child that stops while its parent is still inside of `run_for` does not resume it: the parent sees that it has
/// stopped and goes on by itself. So a loop over children that never wait runs in constant stack.
class PromiseBase {
 public:
  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { pool_free(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }

  CancelScope* scope() const noexcept { return scope_; }
  void set_scope(CancelScope* scope) noexcept { scope_ = scope; }

 protected:
  /// Runs the coroutine until it first stops. True when it stopped for good or with a value, false when it waits:
  /// then `waiter` goes on later.
  bool run_for(std::coroutine_handle<> self, std::coroutine_handle<> waiter) {
    stopped_ = false;
    waiter_ = nullptr;
    self.resume();
    if (stopped_) return true;
    waiter_ = waiter;
    return false;
  }

  /// Called where the coroutine stops: who runs next.
  std::coroutine_handle<> stop() noexcept {
    stopped_ = true;
    if (auto waiter = std::exchange(waiter_, nullptr)) return waiter;
    if (auto* completion = std::exchange(completion_, nullptr)) completion->on_complete();
    return std::noop_coroutine();
  }

  CancelScope* scope_ = nullptr;
  Completion* completion_ = nullptr;

 private:
  std::coroutine_handle<> waiter_;
  bool stopped_ = false;
};

/// The scope that a coroutine runs in, from inside of it: `auto* scope = co_await this_scope();`
struct ThisScope {
  CancelScope* scope = nullptr;
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) noexcept {
    scope = self.promise().scope();
    return false;
  }
  CancelScope* await_resume() const noexcept { return scope; }
};

}  // namespace plinth::detail

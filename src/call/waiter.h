#pragma once

#include <coroutine>

#include "async/resume.h"
#include "base/assert.h"
#include "plinth/cancel.h"
#include "plinth/runtime.h"

namespace plinth::call {

/// The one coroutine that waits at an end of a stream: woken by what it waits for, or when its scope is cancelled.
class Waiter final : public CancelScope::Observer {
 public:
  void wait(std::coroutine_handle<> coroutine, CancelScope* scope) noexcept {
    PLINTH_ASSERT(!waiting_,
                  "one coroutine of a call may read at a time, and one may write: let the others wait for it");
    waiting_ = true;
    resumption_.set(coroutine, scope);
    scope_ = scope;
    if (!scope) return;
    if (scope->cancelled()) return wake();
    scope->attach(*this);
  }

  void wake() noexcept {
    if (!waiting_) return;
    waiting_ = false;
    unlink();
    resumption_.schedule(*Worker::current());
  }

  bool waiting() const noexcept { return waiting_; }

  /// Forgets the scope of a wait that has ended and that nobody has checked.
  void forget() noexcept {
    if (!waiting_) scope_ = nullptr;
  }

  /// After the wait: throws when it ended because its scope was cancelled.
  void check() {
    if (auto* scope = std::exchange(scope_, nullptr)) scope->check();
  }

  void on_cancel(const Status&) noexcept override { wake(); }

 private:
  bool waiting_ = false;
  CancelScope* scope_ = nullptr;
  Resumption resumption_;
};

}  // namespace plinth::call

#pragma once

#include <atomic>

#include "plinth/detail/list.h"
#include "plinth/status.h"

namespace plinth {

class CallContext;
struct Method;

namespace detail {
/// The method whose coroutine runs now on this thread, for other threads to look at.
std::atomic<const Method*>& running_method() noexcept;
}  // namespace detail

/// What work can be cancelled through, together. A call has one; so has each branch of `when_any`.
///
/// Coroutines inherit the scope of the coroutine that awaits them. When the scope is cancelled, whatever they await
/// ends early by throwing StatusError with the scope's reason, and they unwind. Nothing is destroyed while it runs.
/// A scope belongs to one worker: all of its functions are called there. It must outlive the coroutines in it.
class CancelScope {
 public:
  /// Told once, when the scope is cancelled. Leaves its scope when destroyed.
  class Observer : public detail::ListNode {
   public:
    virtual void on_cancel(const Status& reason) noexcept = 0;

   protected:
    ~Observer() = default;
  };

  CancelScope() = default;

  /// A scope inside of another: cancelled with it, or alone. `parent` may be null.
  explicit CancelScope(CancelScope* parent);
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

  /// Cancels with an error (CANCELLED and DEADLINE_EXCEEDED are the usual ones). Only the first time counts.
  void cancel(Status reason) noexcept;

  bool cancelled() const noexcept { return !reason_.ok(); }

  /// Why; OK while it is not cancelled.
  const Status& reason() const noexcept { return reason_; }

  /// Throws StatusError when the scope is cancelled.
  void check() const {
    if (cancelled()) throw StatusError(reason_);
  }

  /// From now on `observer` is told. A scope that is already cancelled tells nobody: ask `cancelled` first.
  void attach(Observer& observer) noexcept { observers_.push_back(observer); }

  /// Whether anybody would be told.
  bool watched() const noexcept { return !observers_.empty(); }

  /// Ready for reuse, as if newly made. Nobody may be attached.
  void reset() noexcept {
    reason_ = Status();
    method_ = nullptr;
  }

  /// The call that this scope is of, null outside of calls. Inner scopes have that of the outer one.
  CallContext* call() const noexcept { return call_; }
  void set_call(CallContext* call) noexcept { call_ = call; }

  /// The method that the work is for: what the log names when it holds up its worker. It must live as long as the
  /// program.
  void set_method(const Method* method) noexcept { method_ = method; }

  /// The scope of the coroutine that runs now on this thread, null outside of one.
  static CancelScope* current() noexcept;

  /// Makes a scope the current one while it lives: held wherever a coroutine is started or resumed.
  class Entered {
   public:
    explicit Entered(CancelScope* scope) noexcept;
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    CancelScope* previous_;
  };

 private:
  class Link final : public Observer {
   public:
    explicit Link(CancelScope& child) noexcept : child_(child) {}
    void on_cancel(const Status& reason) noexcept override { child_.cancel(reason); }

   private:
    CancelScope& child_;
  };

  Status reason_;
  CallContext* call_ = nullptr;
  const Method* method_ = nullptr;
  detail::List<Observer> observers_;
  Link link_{*this};
};

}  // namespace plinth

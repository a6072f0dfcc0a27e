#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>

#include "call/waiter.h"
#include "plinth/task.h"

namespace plinth::call {

/// Lets a coroutine on one loop wait for something that happens on another worker. Belongs to the loop that waits,
/// which may be another one for each wait.
class FarWait {
 public:
  FarWait() = default;
  ~FarWait() { forget(); }

  /// What was waited for has happened, and nobody has looked since.
  bool told() const noexcept { return told_; }

  /// Calls `start` on `home`, with a task that awaits `until` and tells; `coroutine` goes on then, or when its scope is
  /// cancelled. The task goes on even so.
  using Start = std::move_only_function<void(Task<void>)>;
  void wait(std::coroutine_handle<> coroutine, CancelScope* scope, Worker& home,
            std::move_only_function<Task<void>()> until, Start start);

  /// After the wait: throws when it ended because its scope was cancelled.
  void check();

 private:
  struct Bell;
  static Task<void> ring(std::shared_ptr<Bell> bell, std::move_only_function<Task<void>()> until);
  void forget() noexcept;
  void on_told() noexcept;

  std::shared_ptr<Bell> bell_;
  Waiter waiter_;
  bool told_ = false;
};

/// Awaits what `stream` says with `is_due`, whatever becomes of the scope of who awaits it.
template <class Stream>
class UntilDue {
 public:
  using IsDue = bool (Stream::*)() const noexcept;
  using Wait = void (Stream::*)(std::coroutine_handle<>, CancelScope*) noexcept;

  /// `scope`, which may be null, ends the wait; the stream may keep it until it is waited for again.
  UntilDue(Stream& stream, IsDue is_due, Wait wait, CancelScope* scope = nullptr) noexcept
      : stream_(stream), is_due_(is_due), wait_(wait), scope_(scope) {}

  bool await_ready() const noexcept { return (stream_.*is_due_)(); }
  void await_suspend(std::coroutine_handle<> self) const noexcept { (stream_.*wait_)(self, scope_); }
  void await_resume() const noexcept {}

 private:
  Stream& stream_;
  IsDue is_due_;
  Wait wait_;
  CancelScope* scope_;
};

}  // namespace plinth::call

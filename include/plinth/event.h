#pragma once

#include <memory>

#include "plinth/task.h"

namespace plinth {

/// Tells a coroutine, from any thread, that something has changed:
///
///     Event changed;                                    // on the worker that will wait
///     Subscription subscription(prices, [changed] { changed.set(); });
///     while (true) {
///       co_yield prices.latest();
///       auto change = changed.wait();
///       co_await std::move(change);
///     }
///
/// It stays set until a `wait` has seen it; more than one `set` before that count once. Copies are the same event.
class Event {
 public:
  /// On a worker: the one that waits for it. The worker must outlive every `set`.
  Event();

  /// From any thread.
  void set() const;

  /// Returns as soon as it is set, and clears it. Ends early, with StatusError, when the scope is cancelled. On the
  /// worker that made it; one `wait` at a time.
  Task<void> wait() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace plinth

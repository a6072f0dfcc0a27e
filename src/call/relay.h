#pragma once

#include <utility>

#include "async/signal.h"
#include "plinth/task.h"

namespace plinth::call {

/// An end of a stream lets one coroutine wait. When whoever it waits for has given up, it goes on waiting, and tells
/// the next one, which waits for the same thing. On one worker.
class Relay {
 public:
  /// Awaits `due`, or that the coroutine which does so already tells. Ends early when a later one takes its place.
  template <class Due>
  Task<void> until(Due due) {
    if (waits_) {
      Turn turn(*this);
      co_await turn.told.wait();
      co_return;
    }
    waits_ = true;
    co_await due;
    waits_ = false;
    if (auto* next = std::exchange(next_, nullptr)) next->set();
  }

 private:
  /// A place behind the one that waits: there is one.
  struct Turn {
    explicit Turn(Relay& of) noexcept : relay(of) {
      if (auto* given_up = std::exchange(relay.next_, &told)) given_up->set();
    }
    ~Turn() {
      if (relay.next_ == &told) relay.next_ = nullptr;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Relay& relay;
    Signal told;
  };

  bool waits_ = false;
  Signal* next_ = nullptr;
};

}  // namespace plinth::call

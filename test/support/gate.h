#pragma once

#include "async/resume.h"

namespace plinth::test {

/// What one coroutine waits for until the test opens it. Cancellation does not end the wait.
class Gate {
 public:
  bool waited_for() const noexcept { return waited_for_; }

  /// Inside of a turn.
  void open() noexcept {
    open_ = true;
    if (waited_for_) resumption_.schedule(*Worker::current());
  }

  class Wait {
   public:
    explicit Wait(Gate& gate) noexcept : gate_(gate) {}
    bool await_ready() const noexcept { return gate_.open_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      gate_.resumption_.set(self);
      gate_.waited_for_ = true;
    }
    void await_resume() const noexcept {}

   private:
    Gate& gate_;
  };
  Wait wait() noexcept { return Wait(*this); }

 private:
  bool open_ = false;
  bool waited_for_ = false;
  Resumption resumption_;
};

}  // namespace plinth::test

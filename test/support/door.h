#pragma once

#include "async/resume.h"

namespace plinth::test {

/// What one coroutine waits for until the test opens it. Cancellation does not end the wait.
class Door {
 public:
  bool waited_for() const noexcept { return waited_for_; }

  /// Inside of a turn.
  void open() noexcept {
    open_ = true;
    if (waited_for_) resumption_.schedule(*Worker::current());
  }

  class Wait {
   public:
    explicit Wait(Door& door) noexcept : door_(door) {}
    bool await_ready() const noexcept { return door_.open_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      door_.resumption_.set(self);
      door_.waited_for_ = true;
    }
    void await_resume() const noexcept {}

   private:
    Door& door_;
  };
  Wait wait() noexcept { return Wait(*this); }

 private:
  bool open_ = false;
  bool waited_for_ = false;
  Resumption resumption_;
};

}  // namespace plinth::test

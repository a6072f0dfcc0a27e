#pragma once

#include <coroutine>

#include "async/resume.h"

namespace plinth::test {

/// What one coroutine waits at until the test opens it; unlike everything else it does not care about cancellation.
class Gate {
 public:
  struct Wait {
    Gate& gate;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      gate.resumption_.set(self);
    }
    void await_resume() const noexcept {}
  };
  Wait wait() noexcept { return {*this}; }

  void open(Worker& worker) noexcept { resumption_.schedule(worker); }

 private:
  Resumption resumption_;
};

}  // namespace plinth::test

#pragma once

#include <utility>

#include "plinth/async.h"
#include "plinth/log.h"
#include "plinth/runtime.h"
#include "support/manual_clock.h"

namespace plinth::test {

/// A worker on the test's thread. It lives by the manual clock and runs only inside of these functions.
class ManualWorker {
 public:
  explicit ManualWorker(OffloadPool* offload = nullptr) : worker_(0, offload, logger_.get(), &ManualClock::now) {}

  Worker& operator*() noexcept { return worker_; }
  Worker* operator->() noexcept { return &worker_; }

  /// Runs `function` in a turn, and whatever becomes ready through it.
  template <class Function>
  void turn(Function&& function) {
    {
      Worker::Turn turn(worker_);
      function();
    }
    worker_.poll();
  }

  void advance(Duration by) {
    ManualClock::advance(by);
    worker_.poll();
  }

 private:
  std::shared_ptr<Logger> logger_ = make_null_logger();
  Worker worker_;
};

/// A task that was started on a worker, as far as it has come.
template <class T = void>
class Running final : public detail::Completion {
 public:
  Running(ManualWorker& worker, Task<T> task, CancelScope* scope = nullptr) : task_(std::move(task)) {
    worker.turn([&] {
      if (task_.start(scope, *this)) done_ = true;
    });
  }

  bool done() const noexcept { return done_; }
  T take() { return task_.take(); }

  /// The error that it has thrown; OK when it gave a value.
  Status status() {
    try {
      static_cast<void>(task_.take());
      return Status();
    } catch (const StatusError& error) {
      return error.status();
    }
  }

  void on_complete() noexcept override { done_ = true; }

 private:
  Task<T> task_;
  bool done_ = false;
};

template <class T>
Running(ManualWorker&, Task<T>) -> Running<T>;
template <class T>
Running(ManualWorker&, Task<T>, CancelScope*) -> Running<T>;

}  // namespace plinth::test

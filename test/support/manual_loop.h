#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "plinth/cancel.h"
#include "plinth/runtime.h"
#include "plinth/task.h"

namespace plinth::test {

/// A worker that runs only when the test says so, with a clock that only the test moves: one for all that a thread has.
class ManualLoop {
 public:
  explicit ManualLoop(std::shared_ptr<Logger> logger = make_null_logger()) : logger_(std::move(logger)) {}

  Worker& worker() noexcept { return worker_; }

  /// Runs all that is due.
  void poll() { worker_.poll(); }

  /// Lets time pass, and runs all that is due then.
  void advance(Duration time) {
    now_ += time;
    poll();
  }

 private:
  static TimePoint now() noexcept { return now_; }

  // Far from now: the worker's own alarm clock shows the real time, and must never ring.
  static inline thread_local TimePoint now_ = Clock::now() + std::chrono::hours(24 * 365);

  std::shared_ptr<Logger> logger_;
  Worker worker_{0, nullptr, logger_.get(), &now};
};

/// A task that the test has started on a worker, and looks at from outside.
template <class T>
class Started final : detail::Completion {
 public:
  Started(Worker& worker, Task<T> task) : worker_(worker), task_(std::move(task)) {
    Worker::Turn turn(worker);
    done_ = task_.start(&scope_, *this);
  }
  /// A test that has failed leaves tasks behind that wait.
  ~Started() {
    Worker::Turn turn(worker_);
    task_ = {};
  }

  bool done() const noexcept { return done_; }
  /// Its value, or what it threw. Only once it is done.
  T take() {
    if (!done_) throw std::logic_error("the task has not ended");
    return task_.take();
  }
  CancelScope& scope() noexcept { return scope_; }

 private:
  void on_complete() noexcept override { done_ = true; }

  Worker& worker_;
  CancelScope scope_;
  Task<T> task_;
  bool done_ = false;
};

}  // namespace plinth::test

#include "plinth/background.h"

#include <condition_variable>
#include <mutex>

#include "base/assert.h"
#include "plinth/runtime.h"

namespace plinth {

namespace {

/// Keeps what was made together with its maker, to which it may refer.
Task<void> made_by(std::move_only_function<Task<void>()> make) {
  auto task = make();
  co_await std::move(task);
}

}  // namespace

struct BackgroundTask::State final : detail::Completion, std::enable_shared_from_this<State> {
  State(Worker& home, Task<void> work) noexcept : worker(home), task(std::move(work)) {}

  void start() {
    if (task.start(&scope, *this)) on_complete();
  }
  void on_complete() noexcept override {
    worker.post([self = shared_from_this()] { self->end(); });
  }
  void end() {
    if (!scope.cancelled()) report();
    task = {};
    std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  }
  void report() {
    try {
      task.take();
    } catch (const std::exception& error) {
      worker.logger().error("background_task_failed", {{"error", error.what()}});
    } catch (...) {
      worker.logger().error("background_task_failed", {{"error", "not a std::exception"}});
    }
  }

  Worker& worker;
  CancelScope scope;
  Task<void> task;
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
};

BackgroundTask::BackgroundTask(Worker& worker, std::move_only_function<Task<void>()> make)
    : state_(std::make_shared<State>(worker, made_by(std::move(make)))) {
  worker.post([state = state_] { state->start(); });
}

BackgroundTask::~BackgroundTask() {
  if (!state_) return;
  cancel();
  wait();
}

void BackgroundTask::cancel() {
  state_->worker.post([state = state_] { state->scope.cancel(cancelled("the background task was told to end")); });
}

void BackgroundTask::wait() {
  PLINTH_ASSERT(!Worker::current(),
                "waiting for a background task would stop this worker's loop: do it on another thread");
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->ended; });
}

}  // namespace plinth

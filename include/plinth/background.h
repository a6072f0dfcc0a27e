#pragma once

#include <functional>
#include <memory>

#include "plinth/task.h"

namespace plinth {

class Worker;

/// Work that goes on beside the calls, from here until it ends or is told to:
///
///     BackgroundTask refreshing(server.runtime().worker(0), [&] { return refresh_every_minute(cache); });
///
/// Its functions are called from threads that are no workers'. What the task throws is logged, unless it was cancelled.
class BackgroundTask {
 public:
  /// Calls `make` on `worker` and runs there the task that it gives, in a scope of its own. The worker must run until
  /// the task has ended.
  BackgroundTask(Worker& worker, std::move_only_function<Task<void>()> make);
  BackgroundTask(BackgroundTask&&) noexcept = default;
  BackgroundTask& operator=(BackgroundTask&&) = delete;
  /// Cancels the task and waits for its end.
  ~BackgroundTask();

  /// Cancels the task's scope, soon. From any thread.
  void cancel();

  /// Returns when the task has ended.
  void wait();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace plinth

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plinth/background.h"
#include "plinth/health.h"
#include "plinth/log.h"
#include "plinth/status.h"
#include "services/health_board.h"

namespace plinth::services {

/// The dependencies of a server: asks each of them again and again, and tells the board whether all of them work. One
/// that has not answered yet does not. All functions may be called from any thread that is no worker's.
class HealthChecks {
 public:
  /// `board` must outlive it.
  HealthChecks(HealthBoard& board, std::shared_ptr<Logger> logger) : board_(board), logger_(std::move(logger)) {}
  ~HealthChecks() { stop(); }

  /// From any thread. While the checks run, this one begins at once.
  void add(std::string name, HealthRegistry::Check check, DependencyOptions options);

  /// Asks, on this worker, from now on. Does nothing when that is so already.
  void start(Worker& worker);

  /// Cancels the checks; `stop` waits for their end too.
  void cancel();
  void stop();

 private:
  enum class State { kUnknown, kWorks, kFails };

  struct Dependency {
    std::string name;
    HealthRegistry::Check check;
    DependencyOptions options;
    State state = State::kUnknown;
  };

  void begin(Dependency& dependency);
  Task<void> keep_asking(Dependency& dependency);
  Task<Status> ask(Dependency& dependency);
  Task<void> tell_when_late(Dependency& dependency);
  void report(Dependency& dependency, const Status& answer);
  void tell_board();

  HealthBoard& board_;
  std::shared_ptr<Logger> logger_;
  std::mutex mutex_;
  Worker* worker_ = nullptr;
  std::vector<std::unique_ptr<Dependency>> dependencies_;
  std::vector<BackgroundTask> running_;
};

}  // namespace plinth::services

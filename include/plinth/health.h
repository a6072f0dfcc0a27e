#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "plinth/deadline.h"
#include "plinth/task.h"

namespace plinth {

/// grpc.health.v1.HealthCheckResponse.ServingStatus, for the names that are known.
enum class HealthStatus { kUnknown = 0, kServing = 1, kNotServing = 2 };

/// "SERVING", "NOT_SERVING", "UNKNOWN".
std::string_view to_string(HealthStatus status) noexcept;

/// How often a dependency is asked, and how long it may take to answer.
struct DependencyOptions {
  Duration interval = std::chrono::seconds(5);
  Duration timeout = std::chrono::seconds(5);
};

/// What the health service answers. "" is the whole server: serving when every dependency is and the server is not
/// stopping. All functions may be called from any thread.
class HealthRegistry {
 public:
  /// True when the dependency works. Throwing, or taking too long, means that it does not. Runs on a worker: what
  /// blocks belongs into `offload`.
  using Check = std::function<Task<bool>()>;

  virtual ~HealthRegistry() = default;

  /// Says how a service is; one that was not known becomes known.
  virtual void set_status(std::string_view service, HealthStatus status) = 0;

  /// Asks `check` now and then, from the server's start to its stop, when it is cancelled and waited for. A dependency
  /// that has not answered yet does not work. `name` is for logs.
  virtual void add_dependency(std::string name, Check check, DependencyOptions options = {}) = 0;
};

}  // namespace plinth

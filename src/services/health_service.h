#pragma once

#include <memory>

#include "plinth/health.h"
#include "plinth/runtime.h"
#include "plinth/servicer.h"
#include "services/health_board.h"
#include "services/health_checks.h"

namespace plinth::services {

/// The health of one server: its registry, its dependencies, and the service grpc.health.v1.Health. In the order of a
/// server's life:
///
///     set_status(service, kServing) for each, add_dependency...   before it listens
///     start                                                       before it listens; until then nothing is serving
///     shut_down                                                   right before its connections begin to drain
///     stop                                                        before its workers stop
///
/// `start`, `shut_down` and `stop` are for threads that are no workers'; what is done already they do not do again.
class HealthService final : public HealthRegistry {
 public:
  explicit HealthService(std::shared_ptr<Logger> logger);

  void set_status(std::string_view service, HealthStatus status) override { board_->set_status(service, status); }
  void add_dependency(std::string name, Check check, DependencyOptions options) override;

  /// Of the whole server.
  HealthStatus status() const { return *board_->status(""); }

  /// To be registered with the server. It may outlive this.
  std::shared_ptr<BaseServicer> servicer() const;

  /// Asks the dependencies on this worker from now on.
  void start(Worker& worker);

  /// Everything is NOT_SERVING; open Watch calls are told so, and end with UNAVAILABLE.
  void shut_down();

  /// The same, and returns when no check runs any more.
  void stop();

 private:
  std::shared_ptr<HealthBoard> board_;
  HealthChecks checks_;
};

}  // namespace plinth::services

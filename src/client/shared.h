#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/circuit_breaker.h"
#include "client/connection.h"
#include "client/connector.h"
#include "client/outlier_detector.h"
#include "client/retry_policy.h"
#include "client/service_config.h"
#include "client/worker_channels.h"
#include "plinth/client_settings.h"
#include "plinth/interceptor.h"
#include "plinth/load_balancer.h"
#include "plinth/log.h"
#include "plinth/name_resolver.h"

namespace plinth::client {

/// What a channel is on all of its workers. Set up before the first call; after that it does not change, except for
/// what counts calls.
struct Shared {
  /// Around calls, attempts or both, as it says itself. The first added is the outermost.
  void add_interceptor(const std::shared_ptr<Interceptor>& interceptor);
  /// Retries, throttling and circuit breaker, as settings and config have them: those are set before.
  void set_failure_policies();

  ClientSettings settings;
  Target target;
  /// What goes into :authority.
  std::string authority;
  ConnectionOptions connection;
  std::shared_ptr<Logger> logger;
  std::shared_ptr<Connector> connector;
  std::shared_ptr<NameResolver> resolver;
  std::shared_ptr<const LoadBalancerFactory> balancer;
  /// Backends that fail more than others are left out (gRFC A50). Not with pick_first.
  std::optional<OutlierDetection> outliers;
  /// Whether a backend counts as ready only while its service, the config's, is healthy (gRFC A17). Not with
  /// pick_first.
  bool checks_health = false;
  std::vector<std::shared_ptr<Interceptor>> interceptors;
  std::vector<std::shared_ptr<Interceptor>> attempt_interceptors;
  ServiceConfig config;
  /// For methods of which the service config says nothing.
  RetryPolicy retry;
  std::unique_ptr<RetryThrottle> throttle;
  /// One for all channels of a factory to a target.
  std::shared_ptr<CircuitBreaker> breaker;
  /// How long a channel without calls keeps its connections.
  Duration idle_timeout = std::chrono::minutes(30);

  WorkerChannels parts;
};

}  // namespace plinth::client

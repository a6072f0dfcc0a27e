#pragma once

#include <memory>

#include "plinth/log.h"
#include "plinth/metrics.h"
#include "plinth/observability_settings.h"
#include "plinth/tracing.h"

namespace plinth {

/// What a program tells of itself. Made once, from its settings, and shared by its servers, clients and admin port.
struct Telemetry {
  explicit Telemetry(const ObservabilitySettings& settings = {});

  std::shared_ptr<Metrics> metrics;
  std::shared_ptr<Logger> logger;
  /// Goes first: it sends what is left, and logs and counts what it cannot send.
  std::shared_ptr<Tracer> tracer;
};

}  // namespace plinth

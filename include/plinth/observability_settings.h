#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/log.h"

namespace plinth {

/// Which calls are traced, as OpenTelemetry's SDK names the choices.
enum class TraceSampler : std::uint8_t {
  kAlwaysOn,
  kAlwaysOff,
  kRatio,
  kParentOrAlwaysOn,
  kParentOrAlwaysOff,
  kParentOrRatio,
};

struct ObservabilitySettings {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kJson;
  std::string service_name = "unknown_service";
  /// Where spans go; empty: nowhere.
  std::string otlp_endpoint;
  /// False: spans go nowhere, whatever the endpoint.
  bool export_traces = true;
  /// Sent with every export; may hold secrets.
  Pairs otlp_headers;
  Duration otlp_timeout = std::chrono::seconds(10);
  /// What every span says of its origin, besides the service's name.
  Pairs resource_attributes;
  bool tracing_disabled = false;
  TraceSampler trace_sampler = TraceSampler::kParentOrAlwaysOn;
  /// Of the calls that the sampler decides by ratio, the part that is traced.
  double trace_ratio = 1.0;
  /// The admin port; 0: none.
  std::uint16_t metrics_port = 9464;
  std::string metrics_host = "127.0.0.1";
};

}  // namespace plinth

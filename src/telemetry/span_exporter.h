#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "plinth/observability_settings.h"
#include "plinth/status.h"
#include "telemetry/span_record.h"

namespace plinth::telemetry {

/// Where a collector is: what a channel calls, and whether with TLS.
struct OtlpEndpoint {
  std::string target;
  bool secure = false;
};
/// "http://collector:4317", "https://[::1]"; a path is left out, the port is 4317 without one.
Result<OtlpEndpoint> parse_otlp_endpoint(std::string_view url);

/// Sends spans to the endpoint of the settings. Null when they have none, or none that can be used, which the log says.
std::unique_ptr<SpanSink> make_span_exporter(const ObservabilitySettings& settings,
                                             const std::shared_ptr<Logger>& logger, std::shared_ptr<Metrics> metrics);

}  // namespace plinth::telemetry

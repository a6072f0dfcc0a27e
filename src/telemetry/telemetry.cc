#include "plinth/telemetry.h"

namespace plinth {

Telemetry::Telemetry(const ObservabilitySettings& settings)
    : metrics(make_metrics()),
      logger(make_logger(settings.log_format, settings.log_level, metrics)),
      tracer(make_tracer(settings, logger, metrics)) {}

}  // namespace plinth

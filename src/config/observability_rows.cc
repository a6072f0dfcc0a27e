#include "config/row.h"
#include "config/texts.h"

namespace plinth::config {

namespace {

Kind<LogLevel> log_level() {
  using enum LogLevel;
  return one_of<LogLevel>(
      {{"debug", kDebug}, {"info", kInfo}, {"warning", kWarning}, {"error", kError}, {"off", kOff}});
}

Kind<LogFormat> log_format() {
  return one_of<LogFormat>({{"json", LogFormat::kJson}, {"console", LogFormat::kConsole}});
}

}  // namespace

Rows observability_rows() {
  return {
      row("OBSERVABILITY__LOG_LEVEL", PLINTH_MEMBER(observability.log_level), log_level(),
          "The least level that is logged."),
      row("OBSERVABILITY__LOG_FORMAT", PLINTH_MEMBER(observability.log_format), log_format(),
          "A JSON object a line, or lines for people."),
      row("OBSERVABILITY__SERVICE_NAME", PLINTH_MEMBER(observability.service_name), line(),
          "The name of the service in spans; wins over OTEL_SERVICE_NAME."),
      row("OBSERVABILITY__OTLP_ENDPOINT", PLINTH_MEMBER(observability.otlp_endpoint), url_or_none(),
          "Where spans go; wins over OTEL_EXPORTER_OTLP_ENDPOINT. none: nowhere."),
      row("OBSERVABILITY__METRICS_PORT", PLINTH_MEMBER(observability.metrics_port), whole<std::uint16_t>(0, 65535),
          "The port of the admin endpoints. 0: none."),
      row("OBSERVABILITY__METRICS_HOST", PLINTH_MEMBER(observability.metrics_host), host(),
          "Where the admin endpoints listen."),
  };
}

}  // namespace plinth::config

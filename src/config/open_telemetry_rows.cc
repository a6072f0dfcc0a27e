#include "config/row.h"
#include "config/texts.h"

namespace plinth::config {

namespace {

Kind<TraceSampler> trace_sampler() {
  using enum TraceSampler;
  return one_of<TraceSampler>({{"always_on", kAlwaysOn},
                               {"always_off", kAlwaysOff},
                               {"traceidratio", kRatio},
                               {"parentbased_always_on", kParentOrAlwaysOn},
                               {"parentbased_always_off", kParentOrAlwaysOff},
                               {"parentbased_traceidratio", kParentOrRatio}});
}

/// service.name has a member of its own.
bool apply_resource_attributes(Settings& settings, std::string_view text) {
  auto attributes = pairs().read(text);
  if (!attributes) return false;
  std::erase_if(*attributes, [&settings](const auto& attribute) {
    if (attribute.first != "service.name") return false;
    settings.observability.service_name = attribute.second;
    return true;
  });
  settings.observability.resource_attributes = *std::move(attributes);
  return true;
}

}  // namespace

Rows open_telemetry_rows() {
  auto resource_attributes = row("OTEL_RESOURCE_ATTRIBUTES", PLINTH_MEMBER(observability.resource_attributes), pairs(),
                                 "What every span says of its origin.");
  resource_attributes.apply = apply_resource_attributes;
  Rows rows = {
      std::move(resource_attributes),
      row("OTEL_SERVICE_NAME", PLINTH_MEMBER(observability.service_name), line(), "The name of the service in spans."),
      row("OTEL_EXPORTER_OTLP_ENDPOINT", PLINTH_MEMBER(observability.otlp_endpoint), url_or_none(), "Where spans go."),
      row("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", PLINTH_MEMBER(observability.otlp_endpoint), url_or_none(),
          "Where spans go; wins over the one above."),
      secret(row("OTEL_EXPORTER_OTLP_HEADERS", PLINTH_MEMBER(observability.otlp_headers), pairs(),
                 "Metadata of every export.")),
      secret(row("OTEL_EXPORTER_OTLP_TRACES_HEADERS", PLINTH_MEMBER(observability.otlp_headers), pairs(),
                 "Metadata of every export; wins over the one above.")),
      row("OTEL_EXPORTER_OTLP_TIMEOUT", PLINTH_MEMBER(observability.otlp_timeout), in_milliseconds<Duration>(1),
          "How long an export may take."),
      row("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", PLINTH_MEMBER(observability.otlp_timeout), in_milliseconds<Duration>(1),
          "How long an export may take; wins over the one above."),
      row("OTEL_TRACES_EXPORTER", PLINTH_MEMBER(observability.export_traces),
          one_of<bool>({{"otlp", true}, {"none", false}}), "Whether spans are exported."),
      row("OTEL_SDK_DISABLED", PLINTH_MEMBER(observability.tracing_disabled), flag(), "Switches tracing off."),
      row("OTEL_TRACES_SAMPLER", PLINTH_MEMBER(observability.trace_sampler), trace_sampler(),
          "Which calls are traced."),
      row("OTEL_TRACES_SAMPLER_ARG", PLINTH_MEMBER(observability.trace_ratio), decimal(0, 1),
          "The part of the calls that a sampler by ratio traces."),
  };
  for (auto& setting : rows) setting.lenient = true;
  return rows;
}

}  // namespace plinth::config

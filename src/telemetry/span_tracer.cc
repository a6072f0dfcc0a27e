#include "telemetry/span_tracer.h"

#include "plinth/call_context.h"
#include "telemetry/span_exporter.h"
#include "telemetry/span_ids.h"
#include "telemetry/trace_context.h"

namespace plinth {

namespace {

class DisabledTracer final : public Tracer {
 public:
  Span start_span(std::string_view, const SpanOptions&) override { return {}; }
  bool enabled() const noexcept override { return false; }
  bool flush(Duration) override { return true; }
};

}  // namespace

Span Tracer::start_span(std::string_view name) {
  SpanOptions options;
  if (const auto* call = CallContext::current()) {
    options.parent = call->find<SpanContext>();
    const auto* state = call->find<telemetry::TraceState>();
    if (state) options.trace_state = state->text;
  }
  return start_span(name, options);
}

std::shared_ptr<Tracer> make_tracer(const ObservabilitySettings& settings, const std::shared_ptr<Logger>& logger,
                                    std::shared_ptr<Metrics> metrics) {
  if (settings.tracing_disabled) return std::make_shared<DisabledTracer>();
  const telemetry::Sampler sampler(settings.trace_sampler, settings.trace_ratio);
  auto exporter = telemetry::make_span_exporter(settings, logger, std::move(metrics));
  return std::make_shared<telemetry::SpanTracer>(sampler, std::move(exporter));
}

namespace telemetry {

Span SpanTracer::start_span(std::string_view name, const SpanOptions& options) {
  SpanContext context;
  if (options.parent) {
    context.trace_id = options.parent->trace_id;
  } else {
    set_new_trace_id(context);
  }
  set_new_span_id(context);
  context.sampled = sampler_.samples(options.parent, context.trace_id);
  if (!context.sampled || !sink_) return {context, nullptr};
  return {context, new_record(name, options, context)};
}

std::unique_ptr<SpanRecord> SpanTracer::new_record(std::string_view name, const SpanOptions& options,
                                                   const SpanContext& context) {
  auto record = std::make_unique<SpanRecord>(*sink_);
  record->context = context;
  if (options.parent) record->parent_id = options.parent->span_id;
  record->remote_parent = options.remote_parent;
  record->kind = options.kind;
  record->name = span_text(name);
  record->trace_state = options.trace_state;
  record->size += record->name.size() + record->trace_state.size();
  return record;
}

}  // namespace telemetry

}  // namespace plinth

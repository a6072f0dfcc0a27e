#pragma once

#include <memory>

#include "plinth/tracing.h"
#include "telemetry/sampler.h"
#include "telemetry/span_record.h"

namespace plinth::telemetry {

/// Gives spans their ids, and those that are sampled a record that ends in a sink.
class SpanTracer final : public Tracer {
 public:
  /// Without a sink spans are sampled, which the services that are called are told, but not recorded.
  SpanTracer(Sampler sampler, std::unique_ptr<SpanSink> sink) noexcept : sampler_(sampler), sink_(std::move(sink)) {}

  using Tracer::start_span;
  Span start_span(std::string_view name, const SpanOptions& options) override;
  bool enabled() const noexcept override { return true; }
  bool flush(Duration limit) override { return !sink_ || sink_->flush(limit); }

 private:
  std::unique_ptr<SpanRecord> new_record(std::string_view name, const SpanOptions& options, const SpanContext& context);

  const Sampler sampler_;
  const std::unique_ptr<SpanSink> sink_;
};

}  // namespace plinth::telemetry

#pragma once

#include <cstdint>

#include "plinth/observability_settings.h"
#include "plinth/tracing.h"

namespace plinth::telemetry {

/// Which traces are recorded, by OpenTelemetry's rules.
class Sampler {
 public:
  /// `ratio`: 0 to 1. Of two samplers by ratio, in whatever language, the one with more takes all that the other takes.
  Sampler(TraceSampler kind, double ratio) noexcept;

  /// `parent`: null for the first span of a trace.
  bool samples(const SpanContext* parent, const std::array<std::uint8_t, 16>& trace_id) const noexcept;

 private:
  bool samples_root(const std::array<std::uint8_t, 16>& trace_id) const noexcept;

  TraceSampler kind_;
  /// Of 2^63 values.
  std::uint64_t bound_;
};

}  // namespace plinth::telemetry

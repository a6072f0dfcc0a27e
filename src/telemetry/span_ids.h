#pragma once

#include "plinth/tracing.h"

namespace plinth::telemetry {

/// Random, and never zero. From any thread.
void set_new_trace_id(SpanContext& context) noexcept;
void set_new_span_id(SpanContext& context) noexcept;

}  // namespace plinth::telemetry

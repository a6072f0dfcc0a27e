#include "telemetry/line_span.h"

#include "plinth/call_context.h"
#include "telemetry/trace_context.h"

namespace plinth::telemetry {

LineSpan current_line_span() noexcept {
  LineSpan line;
  const auto* call = CallContext::current();
  const auto* context = call ? call->find<SpanContext>() : nullptr;
  if (context) {
    write_hex(context->trace_id, line.trace_id.data());
    write_hex(context->span_id, line.span_id.data());
  }
  return line;
}

}  // namespace plinth::telemetry

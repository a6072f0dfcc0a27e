#pragma once

#include <array>
#include <string_view>

namespace plinth::telemetry {

/// The span that a line of log belongs to, as lower-case hexadecimal digits; zeros when there is none.
struct LineSpan {
  std::array<char, 32> trace_id = {};
  std::array<char, 16> span_id = {};

  explicit operator bool() const noexcept { return trace_id.front() != 0; }
  std::string_view trace_text() const noexcept { return {trace_id.data(), trace_id.size()}; }
  std::string_view span_text() const noexcept { return {span_id.data(), span_id.size()}; }
};

/// That of the call whose handler or interceptor runs now on this thread.
LineSpan current_line_span() noexcept;

}  // namespace plinth::telemetry

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "plinth/metadata.h"
#include "plinth/tracing.h"

/// W3C Trace Context (level 1, https://www.w3.org/TR/trace-context-1/): which span of another process a call is for.
namespace plinth::telemetry {

inline constexpr std::string_view kTraceParent = "traceparent";
inline constexpr std::string_view kTraceState = "tracestate";
inline constexpr std::string_view kBaggage = "baggage";

/// Two lower-case hexadecimal digits for each byte.
void write_hex(std::span<const std::uint8_t> bytes, char* digits) noexcept;

/// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", or what a later version makes of it. Nothing when it is
/// anything else.
std::optional<SpanContext> parse_traceparent(std::string_view text) noexcept;

class TraceParentText {
 public:
  explicit TraceParentText(const SpanContext& context) noexcept;
  std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 55> text_;
};

/// What to hand on of the value of tracestate, at most 512 characters: members longer than 128 go first, then the last.
/// Empty when it is malformed or has more than 32 members.
std::string checked_tracestate(std::string_view text);

/// Attached to a call that came with one: the value of tracestate.
struct TraceState {
  std::string text;
};

/// What a request says of the trace that it belongs to.
struct RemoteTrace {
  std::optional<SpanContext> parent;
  std::string trace_state;
  Baggage baggage;
};
RemoteTrace read_remote_trace(const Metadata& metadata);

}  // namespace plinth::telemetry

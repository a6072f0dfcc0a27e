#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plinth/tracing.h"

namespace plinth::telemetry {

class SpanSink;

/// A text as spans may have it: at most 1024 bytes, and UTF-8.
std::string span_text(std::string_view text);

struct OwnedAttribute {
  explicit OwnedAttribute(const Attribute& attribute);

  std::string key;
  std::variant<bool, std::int64_t, double, std::string> value;
};

struct SpanEvent {
  std::string name;
  std::chrono::system_clock::time_point time;
  std::vector<OwnedAttribute> attributes;
  std::uint32_t dropped_attributes = 0;
};

/// What a span that is sampled has recorded.
struct SpanRecord {
  explicit SpanRecord(SpanSink& sink);

  /// Now, by a clock that nobody sets meanwhile.
  std::chrono::system_clock::time_point now() const noexcept;
  void set_attribute(const Attribute& attribute);
  void add_event(std::string_view event_name, std::span<const Attribute> event_attributes);

  SpanSink* sink;
  SpanContext context;
  /// Zero: none.
  std::array<std::uint8_t, 8> parent_id = {};
  bool remote_parent = false;
  SpanKind kind = SpanKind::kInternal;
  std::string name;
  std::string trace_state;

  std::chrono::system_clock::time_point start;
  Clock::time_point steady_start;
  std::chrono::system_clock::time_point end;

  std::vector<OwnedAttribute> attributes;
  std::uint32_t dropped_attributes = 0;
  std::vector<SpanEvent> events;
  std::uint32_t dropped_events = 0;

  bool failed = false;
  std::string error;

  /// About what it takes, in memory and on the wire, bytes.
  std::size_t size = 256;
};

/// Where spans go when they end.
class SpanSink {
 public:
  virtual ~SpanSink() = default;

  /// From any thread. Must not block.
  virtual void take(std::unique_ptr<SpanRecord> span) noexcept = 0;

  /// As Tracer's.
  virtual bool flush(Duration limit) = 0;
};

}  // namespace plinth::telemetry

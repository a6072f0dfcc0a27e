#include "telemetry/span_encoder.h"

#include <type_traits>

namespace plinth::telemetry {

namespace {

namespace otlp = opentelemetry::proto;
using std::chrono::system_clock;

constexpr const char* kLibrary = "plinth";

std::uint64_t nanoseconds(system_clock::time_point time) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

template <class Bytes>
std::string as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void encode_value(const OwnedAttribute& attribute, otlp::common::v1::AnyValue& value) {
  const auto set = [&value](const auto& given) {
    using Value = std::remove_cvref_t<decltype(given)>;
    if constexpr (std::is_same_v<Value, bool>) value.set_bool_value(given);
    if constexpr (std::is_same_v<Value, std::int64_t>) value.set_int_value(given);
    if constexpr (std::is_same_v<Value, double>) value.set_double_value(given);
    if constexpr (std::is_same_v<Value, std::string>) value.set_string_value(given);
  };
  std::visit(set, attribute.value);
}

template <class Message>
void encode_attributes(const std::vector<OwnedAttribute>& attributes, std::uint32_t dropped, Message& message) {
  for (const auto& attribute : attributes) {
    auto& pair = *message.add_attributes();
    pair.set_key(attribute.key);
    encode_value(attribute, *pair.mutable_value());
  }
  message.set_dropped_attributes_count(dropped);
}

std::uint32_t flags_of(const SpanRecord& record) {
  std::uint32_t flags = otlp::trace::v1::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK;
  if (record.remote_parent) flags |= otlp::trace::v1::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK;
  return record.context.sampled ? flags | 1u : flags;
}

void encode_ids(const SpanRecord& record, otlp::trace::v1::Span& span) {
  span.set_trace_id(as_text(record.context.trace_id));
  span.set_span_id(as_text(record.context.span_id));
  span.set_trace_state(record.trace_state);
  if (record.parent_id != decltype(record.parent_id)()) span.set_parent_span_id(as_text(record.parent_id));
  span.set_flags(flags_of(record));
}

void encode_events(const SpanRecord& record, otlp::trace::v1::Span& span) {
  for (const auto& event : record.events) {
    auto& encoded = *span.add_events();
    encoded.set_time_unix_nano(nanoseconds(event.time));
    encoded.set_name(event.name);
    encode_attributes(event.attributes, event.dropped_attributes, encoded);
  }
  span.set_dropped_events_count(record.dropped_events);
}

void encode_span(const SpanRecord& record, otlp::trace::v1::Span& span) {
  encode_ids(record, span);
  span.set_name(record.name);
  span.set_kind(static_cast<otlp::trace::v1::Span::SpanKind>(record.kind));
  span.set_start_time_unix_nano(nanoseconds(record.start));
  span.set_end_time_unix_nano(nanoseconds(record.end));
  encode_attributes(record.attributes, record.dropped_attributes, span);
  encode_events(record, span);
  if (!record.failed) return;
  span.mutable_status()->set_code(otlp::trace::v1::Status::STATUS_CODE_ERROR);
  span.mutable_status()->set_message(record.error);
}

void add_text(OtlpResource& resource, std::string_view key, std::string_view value) {
  auto& pair = *resource.add_attributes();
  pair.set_key(span_text(key));
  pair.mutable_value()->set_string_value(span_text(value));
}

}  // namespace

OtlpResource encode_resource(const ObservabilitySettings& settings) {
  OtlpResource resource;
  add_text(resource, "service.name", settings.service_name);
  add_text(resource, "telemetry.sdk.name", kLibrary);
  add_text(resource, "telemetry.sdk.language", "cpp");
  for (const auto& [key, value] : settings.resource_attributes) add_text(resource, key, value);
  return resource;
}

void encode_spans(const SpanQueue::Batch& spans, const OtlpResource& resource, OtlpRequest& request) {
  auto& group = *request.add_resource_spans();
  *group.mutable_resource() = resource;
  auto& scope = *group.add_scope_spans();
  scope.mutable_scope()->set_name(kLibrary);
  for (const auto& span : spans) encode_span(*span, *scope.add_spans());
}

}  // namespace plinth::telemetry

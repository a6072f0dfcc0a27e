#include <utility>

#include "plinth/call_context.h"
#include "plinth/tracing.h"
#include "telemetry/span_record.h"
#include "telemetry/trace_context.h"

namespace plinth {

namespace {

template <std::size_t kSize>
std::string hex(const std::array<std::uint8_t, kSize>& bytes) {
  std::string digits(2 * kSize, '0');
  telemetry::write_hex(bytes, digits.data());
  return digits;
}

}  // namespace

std::string SpanContext::trace_id_hex() const { return hex(trace_id); }
std::string SpanContext::span_id_hex() const { return hex(span_id); }

std::string current_trace_id() {
  const auto* call = CallContext::current();
  const auto* context = call ? call->find<SpanContext>() : nullptr;
  return context ? context->trace_id_hex() : "";
}

Span::Span() noexcept = default;
Span::Span(const SpanContext& context, std::unique_ptr<telemetry::SpanRecord> record) noexcept
    : context_(context), record_(std::move(record)) {}
Span::Span(Span&& other) noexcept = default;

Span& Span::operator=(Span&& other) noexcept {
  end();
  context_ = other.context_;
  record_ = std::move(other.record_);
  return *this;
}

Span::~Span() { end(); }

void Span::set_attribute(const Attribute& attribute) {
  if (record_) record_->set_attribute(attribute);
}

void Span::add_event(std::string_view name, std::initializer_list<Attribute> attributes) {
  if (record_) record_->add_event(name, {attributes.begin(), attributes.size()});
}

void Span::set_error(std::string_view description) {
  if (!record_) return;
  record_->failed = true;
  record_->error = telemetry::span_text(description);
}

void Span::end() noexcept {
  if (!record_) return;
  record_->end = record_->now();
  auto* const sink = record_->sink;
  sink->take(std::move(record_));
}

// Nobody can change a span that records nothing: all threads may have the same.
Span& current_span() noexcept {
  static Span nothing;
  const auto* call = CallContext::current();
  auto* found = call ? call->find<Span>() : nullptr;
  return found ? *found : nothing;
}

}  // namespace plinth

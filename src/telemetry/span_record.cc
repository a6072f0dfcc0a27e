#include "telemetry/span_record.h"

#include <algorithm>

#include "base/utf8.h"

namespace plinth::telemetry {

namespace {

constexpr std::size_t kLongestSpanText = 1024;
constexpr std::size_t kMostAttributes = 128;
constexpr std::size_t kUsualAttributes = 8;
constexpr std::size_t kMostEvents = 128;
constexpr std::size_t kAttributeSize = 48;
constexpr std::size_t kEventSize = 64;

std::size_t size_of(const OwnedAttribute& attribute) noexcept {
  const auto* text = std::get_if<std::string>(&attribute.value);
  return kAttributeSize + attribute.key.size() + (text ? text->size() : 0);
}

OwnedAttribute& append(std::vector<OwnedAttribute>& attributes, const Attribute& attribute, std::size_t& size) {
  auto& added = attributes.emplace_back(attribute);
  size += size_of(added);
  return added;
}

}  // namespace

std::string span_text(std::string_view text) { return base::valid_utf8(text, kLongestSpanText); }

OwnedAttribute::OwnedAttribute(const Attribute& attribute) : key(span_text(attribute.key)) {
  if (const auto* text = std::get_if<std::string_view>(&attribute.value)) {
    value = span_text(*text);
  } else {
    std::visit(
        [this](const auto& given) {
          if constexpr (!std::is_same_v<decltype(given), const std::string_view&>) value = given;
        },
        attribute.value);
  }
}

SpanRecord::SpanRecord(SpanSink& sink)
    : sink(&sink), start(std::chrono::system_clock::now()), steady_start(Clock::now()) {
  attributes.reserve(kUsualAttributes);
}

std::chrono::system_clock::time_point SpanRecord::now() const noexcept { return start + (Clock::now() - steady_start); }

void SpanRecord::set_attribute(const Attribute& attribute) {
  const auto found = std::ranges::find(attributes, attribute.key, &OwnedAttribute::key);
  if (found != attributes.end()) {
    size -= size_of(*found);
    *found = OwnedAttribute(attribute);
    size += size_of(*found);
  } else if (attributes.size() < kMostAttributes) {
    append(attributes, attribute, size);
  } else {
    ++dropped_attributes;
  }
}

void SpanRecord::add_event(std::string_view event_name, std::span<const Attribute> event_attributes) {
  if (events.size() == kMostEvents) {
    ++dropped_events;
    return;
  }
  auto& event = events.emplace_back(span_text(event_name), now());
  const auto kept = event_attributes.first(std::min(event_attributes.size(), kMostAttributes));
  event.dropped_attributes = static_cast<std::uint32_t>(event_attributes.size() - kept.size());
  event.attributes.reserve(kept.size());
  for (const auto& attribute : kept) append(event.attributes, attribute, size);
  size += kEventSize + event.name.size();
}

}  // namespace plinth::telemetry

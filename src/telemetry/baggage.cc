#include <algorithm>

#include "plinth/call_context.h"
#include "plinth/tracing.h"
#include "wire/percent.h"
#include "wire/text.h"

/// W3C Baggage, https://www.w3.org/TR/baggage/.
namespace plinth {

namespace {

constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kLongestHeader = 8192;

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_token_character(char c) noexcept {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) noexcept { return !text.empty() && std::ranges::all_of(text, is_token_character); }

bool is_value_octet(char c) noexcept { return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\'; }
bool is_property_octet(char c) noexcept { return is_value_octet(c) || c == ';' || c == ' ' || c == '\t'; }

std::string encoded(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (is_value_octet(c) && c != '%') {
      text += c;
    } else {
      fmt::format_to(std::back_inserter(text), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string member_of(const Baggage::Entry& entry) {
  auto text = fmt::format("{}={}", entry.key, encoded(entry.value));
  if (!entry.properties.empty()) text += ";" + entry.properties;
  return text;
}

std::optional<Baggage::Entry> parse_member(std::string_view member) {
  const auto semicolon = member.find(';');
  const auto pair = member.substr(0, semicolon);
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto key = wire::trim(pair.substr(0, equals)), value = wire::trim(pair.substr(equals + 1));
  const auto properties = semicolon == std::string_view::npos ? "" : wire::trim(member.substr(semicolon + 1));
  if (!is_token(key) || !std::ranges::all_of(value, is_value_octet)) return std::nullopt;
  if (!std::ranges::all_of(properties, is_property_octet)) return std::nullopt;
  return Baggage::Entry{std::string(key), wire::percent_decode(value), std::string(properties)};
}

}  // namespace

Baggage Baggage::parse(std::string_view header) {
  Baggage baggage;
  wire::each_item(header, [&baggage](std::string_view member) {
    auto entry = parse_member(member);
    if (entry && !baggage.get(entry->key)) baggage.add(std::move(*entry));
    return baggage.entries_.size() < kMostEntries;
  });
  return baggage;
}

std::optional<std::string_view> Baggage::get(std::string_view key) const noexcept {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  if (found == entries_.end()) return std::nullopt;
  return found->value;
}

bool Baggage::set(std::string_view key, std::string_view value) {
  if (!is_token(key)) return false;
  const auto old = std::ranges::find(entries_, key, &Entry::key);
  if (old == entries_.end()) return add({std::string(key), std::string(value), ""});
  const auto size = size_ - member_of(*old).size() + member_of({old->key, std::string(value), old->properties}).size();
  if (size > kLongestHeader) return false;
  old->value = value;
  size_ = size;
  return true;
}

bool Baggage::add(Entry entry) {
  const auto size = size_ + member_of(entry).size() + (entries_.empty() ? 0 : 1);
  if (entries_.size() == kMostEntries || size > kLongestHeader) return false;
  entries_.push_back(std::move(entry));
  size_ = size;
  return true;
}

std::string Baggage::to_header() const {
  std::string header;
  for (const auto& entry : entries_) {
    if (!header.empty()) header += ',';
    header += member_of(entry);
  }
  return header;
}

const Baggage& current_baggage() noexcept {
  static const Baggage kNone;
  const auto* call = CallContext::current();
  const auto* found = call ? call->find<Baggage>() : nullptr;
  return found ? *found : kNone;
}

}  // namespace plinth

#include "telemetry/trace_context.h"

#include <algorithm>
#include <span>
#include <vector>

#include "wire/text.h"

namespace plinth::telemetry {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kMostMembers = 32;
constexpr std::size_t kLongestMember = 128;
constexpr std::size_t kLongestState = 512;
/// What is longer is not looked at: as much as headers may have together at most.
constexpr std::size_t kLongestHeader = 16 * 1024;

constexpr auto kValueOfDigit = [] {
  std::array<std::int8_t, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  return values;
}();

int digit_of(char c) noexcept { return kValueOfDigit[static_cast<unsigned char>(c)]; }

bool read_hex(std::string_view digits, std::span<std::uint8_t> bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = digit_of(digits[2 * i]), low = digit_of(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

bool is_zero(std::span<const std::uint8_t> bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool is_key_start(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_key_character(char c) noexcept { return is_key_start(c) || c == '_' || c == '-' || c == '*' || c == '/'; }
bool is_key_part(std::string_view text, std::size_t longest) noexcept {
  return !text.empty() && text.size() <= longest && is_key_start(text.front()) &&
         std::ranges::all_of(text, is_key_character);
}

bool is_key(std::string_view key) noexcept {
  const auto at = key.find('@');
  if (at == std::string_view::npos) return is_key_part(key, 256);
  return is_key_part(key.substr(0, at), 241) && is_key_part(key.substr(at + 1), 14);
}

bool is_value(std::string_view value) noexcept {
  const auto allowed = [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; };
  return !value.empty() && value.size() <= 256 && std::ranges::all_of(value, allowed);
}

std::string_view key_of(std::string_view member) noexcept { return member.substr(0, member.find('=')); }

bool is_member(std::string_view member) noexcept {
  const auto equals = member.find('=');
  return equals != std::string_view::npos && is_key(key_of(member)) && is_value(member.substr(equals + 1));
}

std::size_t joined_size(const std::vector<std::string_view>& members) noexcept {
  std::size_t size = members.empty() ? 0 : members.size() - 1;
  for (const auto member : members) size += member.size();
  return size;
}

void shorten(std::vector<std::string_view>& members) {
  if (joined_size(members) <= kLongestState) return;
  std::erase_if(members, [](std::string_view member) { return member.size() > kLongestMember; });
  while (joined_size(members) > kLongestState) members.pop_back();
}

/// Several headers of one name are one list (RFC 9110, section 5.3).
void append_item(std::string& list, std::string_view value) {
  if (list.size() + value.size() > kLongestHeader) return;
  if (!list.empty()) list += ',';
  list += value;
}

}  // namespace

void write_hex(std::span<const std::uint8_t> bytes, char* digits) noexcept {
  for (const auto byte : bytes) {
    *digits++ = kDigits[byte >> 4];
    *digits++ = kDigits[byte & 0xF];
  }
}

std::optional<SpanContext> parse_traceparent(std::string_view text) noexcept {
  constexpr std::size_t kSize = 55;
  std::array<std::uint8_t, 1> version, flags;
  SpanContext context;
  if (text.size() < kSize || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  if (!read_hex(text.substr(0, 2), version) || !read_hex(text.substr(3, 32), context.trace_id) ||
      !read_hex(text.substr(36, 16), context.span_id) || !read_hex(text.substr(53, 2), flags)) {
    return std::nullopt;
  }
  if (version[0] == 0xFF || (text.size() > kSize && (version[0] == 0 || text[kSize] != '-'))) return std::nullopt;
  if (is_zero(context.trace_id) || is_zero(context.span_id)) return std::nullopt;
  context.sampled = flags[0] & 1;
  return context;
}

TraceParentText::TraceParentText(const SpanContext& context) noexcept {
  std::ranges::copy("00-", text_.begin());
  write_hex(context.trace_id, &text_[3]);
  text_[35] = '-';
  write_hex(context.span_id, &text_[36]);
  text_[52] = '-';
  text_[53] = '0';
  text_[54] = context.sampled ? '1' : '0';
}

std::string checked_tracestate(std::string_view text) {
  std::vector<std::string_view> members;
  const auto add = [&members](std::string_view member) {
    if (member.empty()) return true;
    const bool known = std::ranges::find(members, key_of(member), key_of) != members.end();
    if (!is_member(member) || known || members.size() == kMostMembers) return false;
    members.push_back(member);
    return true;
  };
  if (!wire::each_item(text, add)) return {};
  shorten(members);
  std::string joined;
  for (const auto member : members) append_item(joined, member);
  return joined;
}

RemoteTrace read_remote_trace(const Metadata& metadata) {
  RemoteTrace trace;
  std::string state, baggage;
  std::size_t parents = 0;
  for (const auto [key, value] : metadata) {
    if (key == kTraceParent && ++parents == 1) trace.parent = parse_traceparent(value);
    if (key == kTraceState) append_item(state, value);
    if (key == kBaggage) append_item(baggage, value);
  }
  if (parents > 1) trace.parent.reset();
  if (trace.parent && !state.empty()) trace.trace_state = checked_tracestate(state);
  if (!baggage.empty()) trace.baggage = Baggage::parse(baggage);
  return trace;
}

}  // namespace plinth::telemetry

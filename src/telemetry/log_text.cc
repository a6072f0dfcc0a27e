#include "telemetry/log_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace plinth::telemetry {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr auto kPlainAscii = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = ' '; c <= '~'; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

constexpr bool is_plain_ascii(char c) noexcept { return kPlainAscii[static_cast<unsigned char>(c)]; }
constexpr bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// One character of a text; `size` is in bytes.
struct Character {
  char32_t code;
  std::size_t size;
};
constexpr Character kMalformed = {0xFFFD, 1};

/// The sequences that Unicode calls well-formed: by the first byte, its length and what the second byte may be.
struct Lead {
  unsigned char first, last;
  std::size_t size;
  unsigned char second_min, second_max;
};
constexpr std::array<Lead, 9> kLeads = {{
    {0x00, 0x7F, 1, 0x00, 0x00},
    {0xC2, 0xDF, 2, 0x80, 0xBF},
    {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF},
    {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF},
    {0xF1, 0xF3, 4, 0x80, 0xBF},
    {0xF4, 0xF4, 4, 0x80, 0x8F},
}};

bool is_well_formed(std::string_view sequence, const Lead& lead) noexcept {
  if (sequence.size() < lead.size) return false;
  if (lead.size == 1) return true;
  const auto second = static_cast<unsigned char>(sequence[1]);
  return second >= lead.second_min && second <= lead.second_max &&
         std::ranges::all_of(sequence.substr(2, lead.size - 2), is_continuation);
}

Character first_character(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const auto lead =
      std::ranges::find_if(kLeads, [first](const Lead& l) { return first >= l.first && first <= l.last; });
  if (lead == kLeads.end() || !is_well_formed(text, *lead)) return kMalformed;
  if (lead->size == 1) return {first, 1};
  char32_t code = first & (0xFFu >> (lead->size + 1));
  for (const char c : text.substr(1, lead->size - 1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return {code, lead->size};
}

/// Control characters (C0, DEL, C1), line and paragraph separators, marks of writing direction, the byte order mark.
bool steers_display(char32_t code) noexcept {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

void append_escape(fmt::memory_buffer& line, char32_t code) {
  switch (code) {
    case '"': return append(line, "\\\"");
    case '\\': return append(line, "\\\\");
    case '\n': return append(line, "\\n");
    case '\r': return append(line, "\\r");
    case '\t': return append(line, "\\t");
    default: fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<std::uint32_t>(code));
  }
}

void append_character(fmt::memory_buffer& line, std::string_view bytes, const Character& character) {
  const bool malformed = character.code == kMalformed.code && character.size == kMalformed.size;
  if (malformed) return append(line, kReplacement);
  if (steers_display(character.code) || character.code == '"' || character.code == '\\') {
    return append_escape(line, character.code);
  }
  append(line, bytes.substr(0, character.size));
}

void append_escaped(fmt::memory_buffer& line, std::string_view text) {
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain_ascii) - text.begin());
    append(line, text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const auto character = first_character(text);
    append_character(line, text, character);
    text.remove_prefix(character.size);
  }
}

/// The longest beginning that may be kept and does not end inside of a character.
std::string_view cut(std::string_view text) noexcept {
  auto size = kLongestLogText;
  while (size > kLongestLogText - 3 && is_continuation(text[size])) --size;
  return text.substr(0, size);
}

bool is_word(std::string_view text) noexcept {
  const auto in_word = [](char c) { return is_plain_ascii(c) && c != ' ' && c != '=' && c != '\''; };
  return !text.empty() && text.size() <= kLongestLogText && std::ranges::all_of(text, in_word);
}

}  // namespace

void append_json_text(fmt::memory_buffer& line, std::string_view text) {
  line.push_back('"');
  if (text.size() <= kLongestLogText) {
    append_escaped(line, text);
  } else {
    append_escaped(line, cut(text));
    fmt::format_to(std::back_inserter(line), "... (cut, {} bytes)", text.size());
  }
  line.push_back('"');
}

void append_word(fmt::memory_buffer& line, std::string_view text) {
  if (!is_word(text)) return append_json_text(line, text);
  append(line, text);
}

}  // namespace plinth::telemetry

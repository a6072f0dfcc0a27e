#include "telemetry/log_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "base/utf8.h"

namespace plinth::telemetry {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr auto kPlainAscii = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = ' '; c <= '~'; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

constexpr bool is_plain_ascii(char c) noexcept { return kPlainAscii[static_cast<unsigned char>(c)]; }
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

void append_character(fmt::memory_buffer& line, std::string_view bytes, const base::Character& character) {
  if (character == base::kMalformed) return append(line, kReplacement);
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
    const auto character = base::first_character(text);
    append_character(line, text, character);
    text.remove_prefix(character.size);
  }
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
    append_escaped(line, base::cut_text(text, kLongestLogText));
    fmt::format_to(std::back_inserter(line), "... (cut, {} bytes)", text.size());
  }
  line.push_back('"');
}

void append_word(fmt::memory_buffer& line, std::string_view text) {
  if (!is_word(text)) return append_json_text(line, text);
  append(line, text);
}

}  // namespace plinth::telemetry

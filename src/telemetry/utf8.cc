#include "telemetry/utf8.h"

#include <algorithm>
#include <cstdint>

namespace plinth::telemetry {

namespace {

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

/// Bytes that a character which begins so has; 0: none begins so.
std::size_t size_of_character(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

/// The bounds of the second byte keep out overlong forms, surrogates, and what is above U+10FFFF.
bool may_follow(unsigned char first, unsigned char second) noexcept {
  switch (first) {
    case 0xE0: return second >= 0xA0;
    case 0xED: return second < 0xA0;
    case 0xF0: return second >= 0x90;
    case 0xF4: return second < 0x90;
    default: return true;
  }
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto size = size_of_character(static_cast<unsigned char>(text[0]));
    if (size == 0 || size > text.size() || !std::ranges::all_of(text.substr(1, size - 1), continues_character))
      return false;
    if (size > 1 && !may_follow(static_cast<unsigned char>(text[0]), static_cast<unsigned char>(text[1]))) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string_view cut_to(std::string_view text, std::size_t longest) noexcept {
  if (text.size() <= longest) return text;
  auto end = longest;
  while (end > 0 && longest - end < 3 && continues_character(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace

std::string valid_utf8(std::string_view text, std::size_t longest) {
  std::string valid(cut_to(text, longest));
  if (std::ranges::all_of(valid, is_ascii)) return valid;
  if (!is_utf8(valid)) std::ranges::replace_if(valid, [](char c) { return !is_ascii(c); }, '?');
  return valid;
}

}  // namespace plinth::telemetry

#include "base/utf8.h"

#include <algorithm>
#include <array>

namespace plinth::base {

namespace {

constexpr bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
constexpr bool is_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

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

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (character == kMalformed) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

}  // namespace

Character first_character(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const auto* const lead =
      std::ranges::find_if(kLeads, [first](const Lead& l) { return first >= l.first && first <= l.last; });
  if (lead == kLeads.end() || !is_well_formed(text, *lead)) return kMalformed;
  if (lead->size == 1) return {first, 1};
  char32_t code = first & (0xFFu >> (lead->size + 1));
  for (const char c : text.substr(1, lead->size - 1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return {code, lead->size};
}

std::string_view cut_text(std::string_view text, std::size_t longest) noexcept {
  if (text.size() <= longest) return text;
  auto end = longest;
  while (end > 0 && longest - end < 3 && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

std::string valid_utf8(std::string_view text, std::size_t longest) {
  std::string valid(cut_text(text, longest));
  if (std::ranges::all_of(valid, is_ascii)) return valid;
  if (!is_utf8(valid)) std::ranges::replace_if(valid, [](char c) { return !is_ascii(c); }, '?');
  return valid;
}

}  // namespace plinth::base

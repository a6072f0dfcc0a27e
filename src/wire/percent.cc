#include "wire/percent.h"

#include <algorithm>

namespace plinth::wire {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_plain(char c) noexcept { return c >= ' ' && c <= '~' && c != '%'; }

void append_encoded(std::string& text, char c) {
  const auto byte = static_cast<unsigned char>(c);
  text.push_back('%');
  text.push_back(kHex[byte >> 4]);
  text.push_back(kHex[byte & 15]);
}

/// -1 for what is no hex digit.
int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The byte that %XX at the beginning of `text` stands for, or -1.
int encoded_byte(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_value(text[1]), low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

bool is_percent_safe(std::string_view text) noexcept {
  return !text.starts_with(' ') && !text.ends_with(' ') && std::ranges::all_of(text, is_plain);
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size() + text.size() / 8 + 6);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_end = i == 0 || i + 1 == text.size();
    if (is_plain(text[i]) && !(at_end && text[i] == ' ')) {
      encoded.push_back(text[i]);
    } else {
      append_encoded(encoded, text[i]);
    }
  }
  return encoded;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    const int byte = encoded_byte(text);
    decoded.push_back(byte < 0 ? text.front() : static_cast<char>(byte));
    text.remove_prefix(byte < 0 ? 1 : 3);
  }
  return decoded;
}

}  // namespace plinth::wire

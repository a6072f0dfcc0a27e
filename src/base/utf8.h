#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plinth::base {

/// A character of a text; `size` is in bytes.
struct Character {
  char32_t code;
  std::size_t size;

  bool operator==(const Character&) const = default;
};

/// A byte with which no well-formed character begins.
constexpr Character kMalformed = {0xFFFD, 1};

/// The first character of a text that is not empty, or kMalformed (the Unicode standard, table 3-7).
Character first_character(std::string_view text) noexcept;

/// The longest beginning of at most `longest` bytes that does not end inside of a character.
std::string_view cut_text(std::string_view text, std::size_t longest) noexcept;

/// `text`, of at most `longest` bytes, as UTF-8, which is all that protobuf's strings may hold: cut between characters;
/// in a text that is malformed every byte outside of ASCII becomes '?'.
std::string valid_utf8(std::string_view text, std::size_t longest);

}  // namespace plinth::base

#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace plinth::telemetry {

/// Longer texts are cut.
constexpr std::size_t kLongestLogText = 8 * 1024;

inline void append(fmt::memory_buffer& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

/// Appends `text` as a JSON string, quotes included, that shows on one line and moves no terminal: control characters,
/// line breaks and marks of writing direction are escaped, what is no UTF-8 becomes U+FFFD.
void append_json_text(fmt::memory_buffer& line, std::string_view text);

/// Appends `text` as it is when it reads as one word (printable ASCII without space, quotes, '=' and '\'), and as a
/// JSON string when not.
void append_word(fmt::memory_buffer& line, std::string_view text);

}  // namespace plinth::telemetry

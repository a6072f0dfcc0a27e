#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What fuzz targets have in common.
namespace plinth::fuzz {

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "expected: %s\n", what);
  std::abort();
}

/// What stands before the first `end`, which is taken off `text` together with it; all of it when there is none.
inline std::string_view take_until(std::string_view& text, char end) {
  const auto part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// Calls `use` with each line, without its end.
template <class Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) use(take_until(text, '\n'));
}

/// Whether all of it is ASCII that shows as it is.
inline bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Messages about what others wrote are short and cannot forge a line of log.
inline void expect_sentence(std::string_view text) {
  expect(!text.empty() && is_printable(text) && text.size() <= 1000, "an error is one printable sentence");
}

}  // namespace plinth::fuzz

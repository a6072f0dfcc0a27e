#include "comment.h"

#include <algorithm>

#include "base/utf8.h"

namespace plinth::plugin {
namespace {

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/// Of ASCII and Latin-1, and those that turn the direction of a text: code can look like a comment with them.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto character = base::first_character(text);
    const bool kept = character != base::kMalformed && !is_control(character.code);
    result += kept ? text.substr(0, character.size) : " ";
    text.remove_prefix(character.size);
  }
  return result;
}

std::string one_line(std::string_view text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
  auto line = printable(text);
  line.erase(line.find_last_not_of(' ') + 1);
  if (line.ends_with('\\') || line.ends_with("?\?/")) line += " .";
  return line;
}

void drop_empty_ends(std::vector<std::string>& lines) {
  auto has_text = [](const std::string& line) { return !line.empty(); };
  lines.erase(lines.begin(), std::ranges::find_if(lines, has_text));
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
}

}  // namespace

std::vector<std::string> comment_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto end = std::ranges::find_if(text, is_line_end);
    lines.push_back(one_line({text.begin(), end}));
    bool two = text.end() - end >= 2 && *end == '\r' && end[1] == '\n';
    text = {end == text.end() ? end : end + (two ? 2 : 1), text.end()};
  }
  drop_empty_ends(lines);
  return lines;
}

}  // namespace plinth::plugin

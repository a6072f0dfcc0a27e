#include "comment.h"

#include <algorithm>

namespace plinth::plugin {
namespace {

bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string one_line(std::string_view text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
  std::string line(text);
  std::ranges::replace_if(line, is_control, ' ');
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

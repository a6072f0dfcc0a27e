#include "config/dotenv.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace plinth::config {

namespace {

using Error = std::unexpected<std::string>;
using Text = std::expected<std::string, std::string>;

constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_name(std::string_view text) noexcept {
  const auto in_name = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, in_name);
}

std::string_view without_export(std::string_view name) noexcept {
  constexpr std::string_view kExport = "export";
  if (!name.starts_with(kExport)) return name;
  const auto rest = name.substr(kExport.size());
  return rest.empty() || !kBlank.contains(rest.front()) ? name : trim(rest);
}

std::string_view without_comment(std::string_view text) noexcept {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && kBlank.contains(text[i - 1])) return text.substr(0, i);
  }
  return text;
}

/// What a backslash and `c` stand for, if it is anything else than the two.
std::optional<char> unescape(char c) noexcept {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '$': return c;
    default: return std::nullopt;
  }
}

/// Takes a quoted value, its closing quote included, from the beginning of `text`.
Text take_quoted(std::string_view& text) {
  const char quote = text.front();
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      text.remove_prefix(i + 1);
      return value;
    }
    const bool escape = quote == '"' && text[i] == '\\' && i + 1 < text.size();
    const auto escaped = escape ? unescape(text[i + 1]) : std::nullopt;
    value.push_back(escaped.value_or(text[i]));
    if (escaped) ++i;
  }
  return Error("the quote is not closed on this line");
}

Text parse_value(std::string_view text) {
  const auto value = trim(text);
  if (!value.starts_with('"') && !value.starts_with('\'')) return std::string(trim(without_comment(text)));
  auto rest = value;
  auto quoted = take_quoted(rest);
  rest = trim(rest);
  if (quoted && !rest.empty() && !rest.starts_with('#')) return Error("there is text after the closing quote");
  return quoted;
}

std::expected<DotenvEntry, std::string> parse_line(std::string_view line, std::size_t number) {
  const auto equals = line.find('=');
  const auto name = without_export(trim(line.substr(0, equals)));
  if (equals == std::string_view::npos || !is_name(name) || line.contains('\0')) return Error("expected NAME=value");
  auto value = parse_value(line.substr(equals + 1));
  if (!value) return Error(std::move(value).error());
  return DotenvEntry{std::string(name), *std::move(value), number};
}

/// Takes a line, its end included, from the beginning of `text`.
std::string_view take_line(std::string_view& text) noexcept {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::expected<std::vector<DotenvEntry>, std::string> parse_dotenv(std::string_view text) {
  if (text.size() > kLargestDotenv) return Error(fmt::format("{}: larger than {} bytes", kDotenvName, kLargestDotenv));
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<DotenvEntry> entries;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = trim(take_line(text));
    if (line.empty() || line.starts_with('#')) continue;
    auto entry = parse_line(line, number);
    if (!entry) return Error(fmt::format("{}:{}: {}", kDotenvName, number, entry.error()));
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace plinth::config

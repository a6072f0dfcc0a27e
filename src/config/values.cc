#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

namespace plinth::config {

namespace {

constexpr std::size_t kLongestShown = 100;

constexpr std::array<std::pair<std::string_view, bool>, 8> kFlags = {{
    {"TRUE", true},
    {"FALSE", false},
    {"1", true},
    {"0", false},
    {"YES", true},
    {"NO", false},
    {"ON", true},
    {"OFF", false},
}};

/// What from_chars made of the whole text, if it could.
template <class Number, class... Format>
std::optional<Number> read_all(std::string_view text, Format... format) {
  Number number{};
  const auto *const begin = text.data(), *const end = begin + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, number, format...);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

void append_shown(std::string& line, char c) {
  if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
    line.push_back(c);
  } else if (c == '"' || c == '\\') {
    line.append({'\\', c});
  } else {
    fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
  }
}

}  // namespace

std::optional<bool> read_flag(std::string_view text) {
  const auto* const found = std::ranges::find(kFlags, upper(text), &std::pair<std::string_view, bool>::first);
  if (found == kFlags.end()) return std::nullopt;
  return found->second;
}

std::optional<std::uint64_t> read_whole(std::string_view text) { return read_all<std::uint64_t>(text); }

std::optional<double> read_decimal(std::string_view text) {
  const auto number = read_all<double>(text, std::chars_format::fixed);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

std::string shown(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, kLongestShown)) append_shown(line, c);
  if (text.size() > kLongestShown) line += "...";
  return line;
}

}  // namespace plinth::config

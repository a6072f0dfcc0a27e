#include "config/unknown.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "config/dotenv.h"
#include "config/setting.h"
#include "config/values.h"

namespace plinth::config {

namespace {

constexpr std::size_t kMostWarnings = 20;
constexpr std::size_t kLongestName = 100;

/// Levenshtein's: insertions, deletions and replacements.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

/// OTEL_ has many names that are not ours, and no typo of ours.
bool is_unknown(std::string_view name) { return !name.starts_with("OTEL_") && !find_setting(name); }

std::string warning(std::string_view name, const GivenValue& given) {
  const auto where = given.line ? fmt::format("{}:{}: ", kDotenvName, given.line) : "";
  const auto meant = name.size() > kLongestName ? "" : fmt::format(" (did you mean {}?)", closest_setting(name));
  return fmt::format("{}unknown setting {}{}", where, shown(given.name), meant);
}

}  // namespace

std::string_view closest_setting(std::string_view name) {
  return std::ranges::min(all_settings(), {}, [name](const Setting& s) { return edits_between(name, s.name); }).name;
}

std::vector<std::string> warn_of_unknown(const Given& given) {
  std::vector<std::string> warnings;
  std::size_t left_out = 0;
  for (const auto& [name, value] : given.values) {
    if (!is_unknown(name)) continue;
    if (warnings.size() == kMostWarnings) {
      ++left_out;
    } else {
      warnings.push_back(warning(name, value));
    }
  }
  if (left_out) warnings.push_back(fmt::format("and {} more unknown settings", left_out));
  return warnings;
}

}  // namespace plinth::config

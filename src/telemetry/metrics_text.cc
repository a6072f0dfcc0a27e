#include "telemetry/metrics_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace plinth::telemetry {

namespace {

constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool is_letter_or_digit(char c) noexcept { return is_letter(c) || (c >= '0' && c <= '9'); }

/// As others write it: the shortest text that gives the same number, so that their buckets have the same labels.
std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string escaped(std::string_view text, std::string_view characters) {
  std::string result;
  for (const char c : text) {
    if (characters.contains(c)) result += '\\';
    result += c == '\n' ? 'n' : c;
  }
  return result;
}

}  // namespace

void MetricsText::begin_family(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, "\\\n"), name, type);
}

void MetricsText::begin_series(const Labels& labels) {
  labels_.clear();
  for (const auto& [name, value] : labels) {
    if (!labels_.empty()) labels_ += ',';
    labels_ += fmt::format("{}=\"{}\"", name, escaped(value, "\\\n\""));
  }
}

void MetricsText::add_bucket(double bound, double count) {
  std::string label = labels_.empty() ? "le=\"" : ",le=\"";
  label += number(bound);
  label += '"';
  add("_bucket", label, count);
}

void MetricsText::add(std::string_view suffix, std::string_view label, double value) {
  text_ += name_;
  text_ += suffix;
  if (!labels_.empty() || !label.empty()) {
    text_ += '{';
    text_ += labels_;
    text_ += label;
    text_ += '}';
  }
  text_ += ' ';
  text_ += number(value);
  text_ += '\n';
}

bool is_metric_name(std::string_view name) noexcept {
  return !name.empty() && (is_letter(name[0]) || name[0] == ':') &&
         std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == ':'; });
}

bool is_label_name(std::string_view name) noexcept {
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, is_letter_or_digit) &&
         !name.starts_with("__") && name != "le";
}

}  // namespace plinth::telemetry

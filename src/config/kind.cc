#include "config/kind.h"

#include <algorithm>
#include <cmath>

#include "wire/percent.h"
#include "wire/text.h"

namespace plinth::config {

namespace {

using Pairs = ObservabilitySettings::Pairs;

constexpr double kMostSeconds = 1'000'000'000;

std::string with_point(double number) {
  auto text = fmt::format("{}", number);
  if (!text.contains('.')) text += ".0";
  return text;
}

std::optional<Pairs> read_pairs(std::string_view text) {
  Pairs pairs;
  const bool all = wire::each_item(text, [&pairs](std::string_view item) {
    const auto equals = item.find('=');
    const auto key = wire::trim(item.substr(0, equals));
    if (equals == std::string_view::npos || key.empty()) return false;
    pairs.emplace_back(key, wire::percent_decode(wire::trim(item.substr(equals + 1))));
    return true;
  });
  return all ? std::optional(std::move(pairs)) : std::nullopt;
}

std::string print_pairs(const Pairs& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, wire::percent_encode(value));
  }
  return text.empty() ? "none" : text;
}

}  // namespace

Kind<bool> flag() {
  return {"true or false (or 1/0, yes/no, on/off)", read_flag, [](bool value) { return value ? "true" : "false"; }};
}

Kind<std::string> text(std::string_view allowed, bool (*is_allowed)(std::string_view)) {
  return {std::string(allowed),
          [is_allowed](std::string_view text) {
            return is_allowed(text) ? std::optional<std::string>(text) : std::nullopt;
          },
          [](const std::string& value) { return value.empty() ? "none" : value; }};
}

Kind<double> decimal(double min, double max) {
  const auto end = max == std::numeric_limits<double>::max() ? "" : fmt::format(" to {}", with_point(max));
  return {fmt::format("a number from {}{}", with_point(min), end),
          [=](std::string_view text) {
            const auto number = read_decimal(text);
            return number && *number >= min && *number <= max ? number : std::nullopt;
          },
          with_point};
}

Kind<Pairs> pairs() { return {"key=value,key=value", read_pairs, print_pairs}; }

std::optional<Duration> read_seconds(std::string_view text, Zero zero) {
  const auto number = read_decimal(text);
  if (!number || *number > kMostSeconds || std::signbit(*number)) return std::nullopt;
  const Duration length(std::llround(*number * 1e9));
  if (length == Duration::zero() && zero == Zero::kRefused) return std::nullopt;
  return length;
}

std::string print_seconds(Duration length) { return with_point(std::chrono::duration<double>(length).count()); }

std::string allowed_seconds(Zero zero) {
  return fmt::format("seconds: a number {} 0, up to {}", zero == Zero::kAllowed ? "from" : "above", kMostSeconds);
}

}  // namespace plinth::config

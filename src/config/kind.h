#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/values.h"
#include "plinth/deadline.h"
#include "plinth/settings.h"

namespace plinth::config {

/// A kind of value: how its text is read and written, and what is allowed.
template <class T>
struct Kind {
  /// Completes "expected ...".
  std::string allowed;
  /// None: not allowed.
  std::function<std::optional<T>(std::string_view)> read;
  std::function<std::string(const T&)> print;
};

Kind<bool> flag();

/// Text that `is_allowed`. Empty text is shown as "none".
Kind<std::string> text(std::string_view allowed, bool (*is_allowed)(std::string_view));

/// Digits with a decimal point or without.
Kind<double> decimal(double min, double max = std::numeric_limits<double>::max());

/// "key=value,key=value", as OTEL_* variables have it: values are percent-encoded.
Kind<ObservabilitySettings::Pairs> pairs();

template <class Number>
Kind<Number> whole(std::uint64_t min, std::uint64_t max) {
  return {fmt::format("a whole number from {} to {}", min, max),
          [=](std::string_view text) -> std::optional<Number> {
            const auto number = read_whole(text);
            if (!number || *number < min || *number > max) return std::nullopt;
            return static_cast<Number>(*number);
          },
          [](const Number& number) { return fmt::format("{}", number); }};
}

/// Whole milliseconds, with an end that every clock can hold.
template <class Length>
Kind<Length> in_milliseconds(std::uint64_t min) {
  constexpr std::uint64_t kMax = 1'000'000'000'000;
  auto count = whole<std::int64_t>(min, kMax);
  return {"milliseconds: " + count.allowed,
          [read = count.read](std::string_view text) -> std::optional<Length> {
            const auto number = read(text);
            if (!number) return std::nullopt;
            return std::chrono::milliseconds(*number);
          },
          [](const Length& length) {
            return fmt::format("{}", std::chrono::duration_cast<std::chrono::milliseconds>(length).count());
          }};
}

enum class Zero : bool { kRefused, kAllowed };

/// What "0.5" is in seconds; none when it is not allowed.
std::optional<Duration> read_seconds(std::string_view text, Zero zero);
/// "0.5", "30.0"
std::string print_seconds(Duration length);
std::string allowed_seconds(Zero zero);

template <class Length>
Kind<Length> in_seconds(Zero zero) {
  return {allowed_seconds(zero),
          [zero](std::string_view text) -> std::optional<Length> {
            const auto length = read_seconds(text, zero);
            if (!length) return std::nullopt;
            return std::chrono::duration_cast<Length>(*length);
          },
          [](const Length& length) { return print_seconds(length); }};
}

/// "off", or a value of another kind.
template <class T>
Kind<std::optional<T>> or_off(Kind<T> kind) {
  return {"off, or " + kind.allowed,
          [read = std::move(kind.read)](std::string_view text) -> std::optional<std::optional<T>> {
            if (upper(text) == "OFF") return std::optional<T>();
            auto value = read(text);
            if (!value) return std::nullopt;
            return value;
          },
          [print = std::move(kind.print)](const std::optional<T>& value) { return value ? print(*value) : "off"; }};
}

template <class T>
using Choices = std::vector<std::pair<std::string_view, T>>;

/// One of some names, in any case.
template <class T>
Kind<T> one_of(const Choices<T>& choices) {
  std::string allowed = "one of";
  for (const auto& [name, value] : choices) allowed += fmt::format("{} {}", allowed.ends_with("of") ? "" : ",", name);
  return {std::move(allowed),
          [choices](std::string_view text) -> std::optional<T> {
            for (const auto& [name, value] : choices) {
              if (upper(name) == upper(text)) return value;
            }
            return std::nullopt;
          },
          [choices](const T& wanted) {
            for (const auto& [name, value] : choices) {
              if (value == wanted) return std::string(name);
            }
            return std::string();
          }};
}

}  // namespace plinth::config

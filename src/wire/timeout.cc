#include "wire/timeout.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace plinth::wire {

namespace {

struct Unit {
  char letter;
  std::int64_t nanoseconds;
};

/// From fine to coarse: each is a whole number of the one before.
constexpr std::array<Unit, 6> kUnits = {Unit{'n', 1},
                                        Unit{'u', 1'000},
                                        Unit{'m', 1'000'000},
                                        Unit{'S', 1'000'000'000},
                                        Unit{'M', 60'000'000'000},
                                        Unit{'H', 3'600'000'000'000}};
constexpr std::size_t kMaxDigits = 8;
constexpr std::int64_t kMaxValue = 99'999'999;

}  // namespace

std::optional<Duration> parse_timeout(std::string_view text) noexcept {
  if (text.size() < 2 || text.size() > kMaxDigits + 1) return std::nullopt;
  const auto unit = std::ranges::find(kUnits, text.back(), &Unit::letter);
  if (unit == kUnits.end()) return std::nullopt;
  text.remove_suffix(1);
  std::int64_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  if (value > Duration::max().count() / unit->nanoseconds) return Duration::max();
  return Duration(value * unit->nanoseconds);
}

std::string_view format_timeout(Duration timeout, std::array<char, 16>& buffer) noexcept {
  if (timeout <= Duration::zero()) return "0n";
  const std::int64_t length = timeout.count();
  const auto in_unit = [length](const Unit& unit) {
    return length / unit.nanoseconds + (length % unit.nanoseconds != 0 ? 1 : 0);
  };
  auto unit = std::ranges::find_if(kUnits, [&](const Unit& each) { return in_unit(each) <= kMaxValue; });
  std::int64_t value = in_unit(*unit);
  for (auto next = unit + 1; next != kUnits.end(); unit = next++) {
    const std::int64_t ratio = next->nanoseconds / unit->nanoseconds;
    if (value % ratio != 0) break;
    value /= ratio;
  }
  char* end = std::to_chars(buffer.data(), buffer.data() + kMaxDigits, value).ptr;
  *end++ = unit->letter;
  return {buffer.data(), end};
}

}  // namespace plinth::wire

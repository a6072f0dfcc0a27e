#include "wire/timeout.h"

#include <gtest/gtest.h>

#include <string>

namespace plinth::wire {
namespace {

using namespace std::chrono_literals;

std::string formatted(Duration timeout) {
  std::array<char, 16> buffer;
  return std::string(format_timeout(timeout, buffer));
}

TEST(ParseTimeout, KnowsEveryUnit) {
  EXPECT_EQ(parse_timeout("2H"), 2h);
  EXPECT_EQ(parse_timeout("3M"), 3min);
  EXPECT_EQ(parse_timeout("4S"), 4s);
  EXPECT_EQ(parse_timeout("5m"), 5ms);
  EXPECT_EQ(parse_timeout("6u"), 6us);
  EXPECT_EQ(parse_timeout("7n"), 7ns);
}

TEST(ParseTimeout, TakesEightDigits) {
  EXPECT_EQ(parse_timeout("99999999S"), 99999999s);
  EXPECT_EQ(parse_timeout("00000001S"), 1s);
  EXPECT_EQ(parse_timeout("0m"), 0s);
}

TEST(ParseTimeout, WhatTheClockCannotHoldIsTheMaximum) {
  EXPECT_EQ(parse_timeout("99999999H"), Duration::max());
  EXPECT_EQ(parse_timeout("2562048H"), Duration::max());
  EXPECT_EQ(parse_timeout("2562047H"), 2562047h);
}

TEST(ParseTimeout, RefusesWhatIsMalformed) {
  for (const char* text : {"", "S", "1", "12", "1s", "1h", "1U", "-1S", "+1S", " 1S", "1 S", "1S ", "1.5S", "0x1S",
                           "1SS", "100000000S", "123456789", "S1", "1\xff"}) {
    EXPECT_EQ(parse_timeout(text), std::nullopt) << "'" << text << "'";
  }
  EXPECT_EQ(parse_timeout(std::string_view("1\0S", 3)), std::nullopt);
}

TEST(FormatTimeout, UsesTheLargestUnitThatIsExact) {
  EXPECT_EQ(formatted(30s), "30S");
  EXPECT_EQ(formatted(1500ms), "1500m");
  EXPECT_EQ(formatted(60s), "1M");
  EXPECT_EQ(formatted(90min), "90M");
  EXPECT_EQ(formatted(2h), "2H");
  EXPECT_EQ(formatted(1ns), "1n");
  EXPECT_EQ(formatted(1001us), "1001u");
  EXPECT_EQ(formatted(99'999'999ns), "99999999n");
}

TEST(FormatTimeout, RoundsUpWhatEightDigitsCannotHold) {
  EXPECT_EQ(formatted(100'000'001ns), "100001u");
  EXPECT_EQ(formatted(29'999'123'456ns), "29999124u");
  EXPECT_EQ(formatted(100'000s + 1ns), "100001S");
  EXPECT_EQ(formatted(59'999'999'999ns), "1M");
}

TEST(FormatTimeout, PassedIsZero) {
  EXPECT_EQ(formatted(0s), "0n");
  EXPECT_EQ(formatted(-5s), "0n");
  EXPECT_EQ(formatted(Duration::min()), "0n");
}

TEST(FormatTimeout, TheLongestTimeoutHasAText) {
  EXPECT_EQ(formatted(Duration::max()), "2562048H");
  EXPECT_EQ(parse_timeout(formatted(Duration::max())), Duration::max());
}

TEST(FormatTimeout, TheTextIsNeverLessAndHardlyMore) {
  for (std::int64_t length = 1; length < Duration::max().count() / 7; length = length * 3 + 1) {
    const auto back = parse_timeout(formatted(Duration(length)));
    ASSERT_TRUE(back.has_value()) << formatted(Duration(length));
    ASSERT_GE(back->count(), length);
    ASSERT_LE(back->count() - length, length / 1'000 + 1) << "a timeout may grow by a thousandth at most";
  }
}

}  // namespace
}  // namespace plinth::wire

#include "base/utf8.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace plinth::base {
namespace {

TEST(FirstCharacter, HasACodeAndASize) {
  EXPECT_EQ(first_character("ab"), (Character{'a', 1}));
  EXPECT_EQ(first_character("é."), (Character{0xE9, 2}));
  EXPECT_EQ(first_character("€."), (Character{0x20AC, 3}));
  EXPECT_EQ(first_character("\xF0\x9F\x90\x98."), (Character{0x1F418, 4}));
  EXPECT_EQ(first_character("\xC3"), kMalformed);
  EXPECT_EQ(first_character("\xEF\xBF\xBD"), (Character{0xFFFD, 3})) << "one that somebody wrote is well-formed";
}

TEST(ValidUtf8, IsWhatItWasOrAscii) {
  EXPECT_EQ(valid_utf8("Amélie €\xF0\x9F\x90\x98", 100), "Amélie €\xF0\x9F\x90\x98");
  EXPECT_EQ(valid_utf8("", 100), "");
  for (const auto* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "\xC3\x28"}) {
    const auto clean = valid_utf8(std::string("a") + bad, 100);
    EXPECT_EQ(clean.size(), 1 + std::string_view(bad).size());
    EXPECT_TRUE(std::ranges::all_of(clean, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) << clean;
  }
}

TEST(ValidUtf8, IsCutBetweenCharacters) {
  EXPECT_EQ(valid_utf8("abcd", 3), "abc");
  EXPECT_EQ(valid_utf8("ab€", 5), "ab€");
  EXPECT_EQ(valid_utf8("ab€", 4), "ab");
  EXPECT_EQ(valid_utf8("ab€", 3), "ab");
  EXPECT_EQ(valid_utf8("a\xF0\x9F\x90\x98", 4), "a");
  EXPECT_EQ(valid_utf8(std::string(100, '\x80'), 10), std::string(10 - 3, '?')) << "there is no such character";
}

}  // namespace
}  // namespace plinth::base

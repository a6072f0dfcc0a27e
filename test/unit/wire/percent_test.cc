#include "wire/percent.h"

#include <gtest/gtest.h>

#include <string>

namespace plinth::wire {
namespace {

std::string every_byte() {
  std::string text;
  for (int i = 0; i < 256; ++i) text.push_back(static_cast<char>(i));
  return text;
}

TEST(PercentEncode, LeavesPrintableAsciiAlone) {
  std::string text;
  for (char c = '!'; c <= '~'; ++c) {
    if (c != '%') text.push_back(c);
  }
  text.insert(3, " inner spaces ");
  EXPECT_EQ(percent_encode(text), text);
  EXPECT_TRUE(is_percent_safe(text));
}

TEST(PercentEncode, EncodesTheRestInUpperCase) {
  EXPECT_EQ(percent_encode("100%"), "100%25");
  EXPECT_EQ(percent_encode("a\tb\r\nc"), "a%09b%0D%0Ac");
  EXPECT_EQ(percent_encode("\x7f"), "%7F");
  EXPECT_EQ(percent_encode("caf\xc3\xa9"), "caf%C3%A9");
  EXPECT_EQ(percent_encode(std::string_view("\0", 1)), "%00");
}

TEST(PercentEncode, EncodesSpacesAtTheEnds) {
  EXPECT_EQ(percent_encode(" a b "), "%20a b%20");
  EXPECT_EQ(percent_encode(" "), "%20");
  EXPECT_EQ(percent_encode("  "), "%20%20");
}

TEST(PercentEncode, SafeTextsAreThoseThatStayTheSame) {
  for (const char* text : {"", "plain", "a b", "~", "!", " a", "a ", "%", "\x1f", "\x7f", "\xff", "a\nb"}) {
    EXPECT_EQ(is_percent_safe(text), percent_encode(text) == text) << "'" << text << "'";
  }
}

TEST(PercentDecode, TakesBothCases) {
  EXPECT_EQ(percent_decode("caf%C3%A9"), "caf\xc3\xa9");
  EXPECT_EQ(percent_decode("caf%c3%a9"), "caf\xc3\xa9");
  EXPECT_EQ(percent_decode("%41%42"), "AB");
  EXPECT_EQ(percent_decode("%2525"), "%25") << "what was decoded must not be decoded again";
}

TEST(PercentDecode, KeepsWhatIsBroken) {
  for (const char* text : {"%", "%4", "100%", "%%", "%zz", "%4g", "% 41", "a%", "%-1"}) {
    EXPECT_EQ(percent_decode(text), text);
  }
  EXPECT_EQ(percent_decode("%%41"), "%A");
  EXPECT_EQ(percent_decode("%4%41"), "%4A");
}

TEST(PercentDecode, KeepsBytesThatShouldHaveBeenEncoded) { EXPECT_EQ(percent_decode("\xc3\xa9\t"), "\xc3\xa9\t"); }

TEST(Percent, EveryByteComesBack) {
  EXPECT_EQ(percent_decode(percent_encode(every_byte())), every_byte());
  for (const char c : percent_encode(every_byte())) EXPECT_TRUE(c >= ' ' && c <= '~');
}

}  // namespace
}  // namespace plinth::wire

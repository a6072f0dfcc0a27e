#include "wire/base64.h"

#include <gtest/gtest.h>

namespace plinth::wire {
namespace {

TEST(Base64Encode, GivesTheVectorsOfTheRfcWithoutPadding) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg");
  EXPECT_EQ(base64_encode("fo"), "Zm8");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg");
  EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64Encode, UsesTheStandardAlphabet) { EXPECT_EQ(base64_encode("\xfb\xff\xfe"), "+//+"); }

TEST(Base64Decode, TakesPaddedAndUnpadded) {
  for (const char* text : {"Zg", "Zg=="}) EXPECT_EQ(base64_decode(text), "f") << text;
  for (const char* text : {"Zm8", "Zm8="}) EXPECT_EQ(base64_decode(text), "fo") << text;
  EXPECT_EQ(base64_decode("Zm9v"), "foo");
  EXPECT_EQ(base64_decode(""), "");
}

TEST(Base64Decode, IgnoresTheRestOfTheLastCharacter) {
  EXPECT_EQ(base64_decode("Zh"), "f");
  EXPECT_EQ(base64_decode("Zm9="), "fo");
}

TEST(Base64Decode, RefusesWhatIsMalformed) {
  for (const char* text : {"A", "=", "==", "===", "====", "Zg=", "Zm8==", "Z===", "Zm9v=", "Zm9v====", "Zg==Zg==",
                           "Z g", "Zm9v\n", "Zm-_", "Zm9*", "Zm9\xff"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << "'" << text << "'";
  }
  EXPECT_EQ(base64_decode(std::string_view("Zm\0v", 4)), std::nullopt);
}

TEST(Base64, BytesOfEveryValueAndLengthComeBack) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    const auto text = base64_encode(bytes);
    ASSERT_EQ(text.size(), (bytes.size() * 4 + 2) / 3);
    ASSERT_EQ(base64_decode(text), bytes);
    ASSERT_EQ(base64_decode(text + std::string((4 - text.size() % 4) % 4, '=')), bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

}  // namespace
}  // namespace plinth::wire

#include "auth/base64url.h"

#include <gtest/gtest.h>

namespace plinth::auth {
namespace {

TEST(Base64Url, DecodesTextsOfAnyLength) {
  EXPECT_EQ(base64url_decode(""), "");
  EXPECT_EQ(base64url_decode("YQ"), "a");
  EXPECT_EQ(base64url_decode("YWI"), "ab");
  EXPECT_EQ(base64url_decode("YWJj"), "abc");
  EXPECT_EQ(base64url_decode("-_8"), "\xfb\xff");
}

TEST(Base64Url, RefusesWhatIsNotTheOnlyWayToWriteTheBytes) {
  EXPECT_FALSE(base64url_decode("YQ==")) << "padding";
  EXPECT_FALSE(base64url_decode("YR")) << "bits that belong to no byte";
  EXPECT_FALSE(base64url_decode("Y")) << "six bits alone";
  EXPECT_FALSE(base64url_decode("YWJjY")) << "six bits alone, at the end";
  EXPECT_FALSE(base64url_decode("+/8")) << "the other alphabet";
  EXPECT_FALSE(base64url_decode("YW Jj")) << "a space";
  EXPECT_FALSE(base64url_decode("YWJj\n")) << "a line break";
  EXPECT_FALSE(base64url_decode(std::string_view("YQ\0", 3))) << "a NUL";
  EXPECT_FALSE(base64url_decode("\xc3\xa4")) << "no ASCII";
}

}  // namespace
}  // namespace plinth::auth

#include "auth/authorization.h"

#include <gtest/gtest.h>

namespace plinth::auth {
namespace {

std::string_view token_in(std::string_view header) {
  static Metadata request;
  request.clear();
  request.add_unchecked("authorization", header);
  return bearer_token(request);
}

TEST(BearerToken, IsFoundWithTheSchemeInAnyCase) {
  EXPECT_EQ(token_in("Bearer a.b-c_d"), "a.b-c_d");
  EXPECT_EQ(token_in("bearer abc"), "abc");
  EXPECT_EQ(token_in("BEARER   abc"), "abc");
}

TEST(BearerToken, IsNothingElse) {
  for (const auto* const header : {"", "Bearer", "Bearer ", "Bearer  ", "Bearerabc", "Basic abc", "abc", " Bearer abc",
                                   "Bearer\tabc", "Bearer a b", "Bearer a,b", "Bearer a, Bearer b", "Bearer abc ",
                                   "Bearer a\"b", "Bearer a\nb", "Bearer \xc3\xa4"}) {
    EXPECT_EQ(token_in(header), "") << header;
  }
}

TEST(BearerToken, IsInExactlyOneHeader) {
  EXPECT_EQ(bearer_token(Metadata()), "");
  EXPECT_EQ(bearer_token({{"x-authorization", "Bearer abc"}}), "");
  EXPECT_EQ(bearer_token({{"x-other", "1"}, {"authorization", "Bearer abc"}, {"x-more", "2"}}), "abc");
  EXPECT_EQ(bearer_token({{"authorization", "Bearer abc"}, {"authorization", "Bearer abc"}}), "");
  EXPECT_EQ(bearer_token({{"authorization", ""}, {"authorization", "Bearer abc"}}), "");
}

}  // namespace
}  // namespace plinth::auth

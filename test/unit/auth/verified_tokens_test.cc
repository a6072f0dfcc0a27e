#include "auth/verified_tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace plinth::auth {
namespace {

using namespace std::chrono_literals;

constexpr Claims::Time kNow(1000s);

VerifiedTokens::Entry entry(Claims::Time until = Claims::Time::max()) {
  return {.claims = *Claims::parse(R"({"sub":"alice"})"), .valid_until = until, .key_version = 1};
}

TEST(VerifiedTokens, AreKnownBySha256) {
  const auto digest = VerifiedTokens::digest_of("abc");
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[31], 0xad);
  EXPECT_NE(digest, VerifiedTokens::digest_of("abd"));
}

TEST(VerifiedTokens, AreFoundWhileTheyAndTheirKeysAreValid) {
  VerifiedTokens tokens;
  const auto digest = VerifiedTokens::digest_of("a");
  EXPECT_FALSE(tokens.find(digest, kNow, 1));
  tokens.add(digest, entry(kNow));
  EXPECT_EQ(tokens.find(digest, kNow - 1s, 1)->subject(), "alice");
  EXPECT_FALSE(tokens.find(digest, kNow, 1)) << "it has expired";
  EXPECT_FALSE(tokens.find(digest, kNow - 1s, 2)) << "the keys have changed";
  EXPECT_FALSE(tokens.find(VerifiedTokens::digest_of("b"), kNow - 1s, 1));
}

TEST(VerifiedTokens, AreForgottenOldestFirst) {
  VerifiedTokens tokens;
  const auto digest = [](std::size_t i) { return VerifiedTokens::digest_of(std::to_string(i)); };
  const std::size_t count = 3 * VerifiedTokens::kMaxTokens;
  for (std::size_t i = 0; i < count; ++i) tokens.add(digest(i), entry());
  std::size_t known = 0;
  for (std::size_t i = 0; i < count; ++i) known += tokens.find(digest(i), kNow, 1).has_value();
  EXPECT_LE(known, VerifiedTokens::kMaxTokens);
  EXPECT_GE(known, VerifiedTokens::kMaxTokens / 4);
  EXPECT_TRUE(tokens.find(digest(count - 1), kNow, 1));
  EXPECT_FALSE(tokens.find(digest(0), kNow, 1));
}

}  // namespace
}  // namespace plinth::auth

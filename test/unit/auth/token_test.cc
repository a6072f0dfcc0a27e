#include "auth/token.h"

#include <gtest/gtest.h>

#include "signer.h"

namespace plinth::auth {
namespace {

using test::base64url;

std::string with_header(std::string_view header) { return base64url(header) + ".e30.AA"; }

std::string token_mistake(std::string_view text) {
  const auto token = Token::parse(text);
  return token ? "none" : token.error().message();
}
std::string token_mistake_header(std::string_view header) { return token_mistake(with_header(header)); }

TEST(Token, IsTakenApart) {
  const auto text = with_header(R"({"alg":"RS256","kid":"a/../b'\"","typ":"JWT","x5u":"https://evil.example/"})");
  const auto token = Token::parse(text);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->algorithm, "RS256");
  EXPECT_EQ(token->key_id, "a/../b'\"");
  EXPECT_EQ(token->payload, "{}");
  EXPECT_EQ(token->signature, std::string(1, '\0'));
  EXPECT_EQ(token->signed_text, text.substr(0, text.rfind('.')));
}

TEST(Token, HasThreeParts) {
  for (const auto* const text : {"", ".", "..", "...", "a", "a.b", "a.b.c.d", "e30.e30.AA.AA.AA"}) {
    EXPECT_NE(token_mistake(text), "none") << text;
  }
  EXPECT_EQ(token_mistake("a.b"), "it has not three parts");
}

TEST(Token, IsRefusedWhenItIsCutOff) {
  const auto text = with_header(R"({"alg":"HS256"})") + "AAAA";
  ASSERT_EQ(token_mistake(text), "none");
  for (std::size_t size = 0; size < text.rfind('.'); ++size) {
    EXPECT_NE(token_mistake(text.substr(0, size)), "none") << size;
  }
}

TEST(Token, IsStrictBase64Url) {
  EXPECT_EQ(token_mistake(base64url(R"({"alg":"HS256"})") + ".e30=.AA"), "it is no base64url");
  EXPECT_EQ(token_mistake(base64url(R"({"alg":"HS256"})") + ".e30.AB"), "it is no base64url");
  EXPECT_EQ(token_mistake("e3 0.e30.AA"), "its header is too long or no base64url");
}

TEST(Token, HasAHeaderThatIsUnderstood) {
  EXPECT_EQ(token_mistake_header("[]"), "its header is no object");
  EXPECT_EQ(token_mistake_header("{"), "its header is malformed: no JSON at line 1, column 2");
  EXPECT_EQ(token_mistake_header(R"({"alg":"none","alg":"HS256"})"),
            R"(its header is malformed: the field "alg" twice)");
  EXPECT_EQ(token_mistake_header("{}"), R"(its header has no "alg")");
  EXPECT_EQ(token_mistake_header(R"({"alg":["HS256"]})"), R"(its header has no "alg")");
  EXPECT_EQ(token_mistake_header(R"({"alg":"HS256","crit":["exp"]})"), R"(its header has "crit")");
  EXPECT_EQ(token_mistake_header(std::string(1500, '[')), "its header is malformed: more than 16 levels of JSON");
}

TEST(Token, IsForAccess) {
  for (const auto* const type : {"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"}) {
    EXPECT_EQ(token_mistake_header(fmt::format(R"({{"alg":"HS256","typ":"{}"}})", type)), "none") << type;
  }
  for (const auto* const type : {R"("logout+jwt")", R"("dpop+jwt")", R"("")", "7"}) {
    EXPECT_EQ(token_mistake_header(fmt::format(R"({{"alg":"HS256","typ":{}}})", type)),
              R"(its "typ" is not JWT or at+jwt)");
  }
}

TEST(Token, HasAKeyIdOfAReasonableSize) {
  const auto header = [](std::string_view id) { return fmt::format(R"({{"alg":"HS256","kid":{}}})", id); };
  EXPECT_EQ(token_mistake_header(header('"' + std::string(256, 'k') + '"')), "none");
  EXPECT_EQ(token_mistake_header(header('"' + std::string(257, 'k') + '"')), R"(its "kid" is no text, or too long)");
  EXPECT_EQ(token_mistake_header(header('"' + std::string(10'000, 'k') + '"')),
            "its header is too long or no base64url");
  EXPECT_EQ(token_mistake_header(header(R"("")")), R"(its "kid" is no text, or too long)");
  EXPECT_EQ(token_mistake_header(header("7")), R"(its "kid" is no text, or too long)");
  EXPECT_EQ(token_mistake_header(header("{}")), R"(its "kid" is no text, or too long)");
}

}  // namespace
}  // namespace plinth::auth

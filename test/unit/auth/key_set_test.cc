#include "auth/key_set.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include "signer.h"

namespace plinth::auth {
namespace {

using test::Signer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Algorithm& algorithm(std::string_view name) { return *find_algorithm(name); }

std::string key_mistake(std::string_view jwks, std::string_view name = "ES256") {
  const auto set = KeySet::parse(jwks, algorithm(name));
  return set ? "none" : set.error().message();
}

std::string list(std::initializer_list<std::string> keys) {
  return fmt::format(R"({{"keys":[{}]}})", fmt::join(keys, ","));
}

TEST(KeySet, FindsKeysByTheirIds) {
  const Signer one("ES256"), other("ES256");
  const auto set = KeySet::parse(list({one.jwk(R"(,"kid":"1")"), other.jwk(R"(,"kid":"2")")}), algorithm("ES256"));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 2u);
  EXPECT_NE(set->find("1"), nullptr);
  EXPECT_NE(set->find("2"), nullptr);
  EXPECT_NE(set->find("1"), set->find("2"));
  EXPECT_EQ(set->find("3"), nullptr);
  EXPECT_EQ(set->find(std::nullopt), nullptr) << "a token that names no key could mean either";
}

TEST(KeySet, OfOneKeyGivesItToTokensThatNameNone) {
  const auto set = KeySet::parse(Signer("ES256").jwks(), algorithm("ES256"));
  ASSERT_TRUE(set);
  EXPECT_NE(set->find(std::nullopt), nullptr);
  EXPECT_EQ(set->find("1"), nullptr);
}

TEST(KeySet, PassesOverKeysThatAreNotForTheAlgorithm) {
  const Signer good("ES256");
  const auto set = KeySet::parse(
      list({good.jwk(R"(,"kid":"good","use":"sig","key_ops":["verify"],"alg":"ES256","x5u":"https://evil.example/")"),
            Signer("RS256").jwk(R"(,"kid":"rsa")"), Signer("ES384").jwk(R"(,"kid":"curve")"),
            Signer("HS256").jwk(R"(,"kid":"secret")"), good.jwk(R"(,"kid":"encryption","use":"enc")"),
            good.jwk(R"(,"kid":"signs","key_ops":["sign"])"), good.jwk(R"(,"kid":"alg","alg":"ES384")"),
            good.jwk(R"(,"kid":7)"), R"({"kty":"new"})", "7", "null"}),
      algorithm("ES256"));
  ASSERT_TRUE(set) << set.error().message();
  EXPECT_EQ(set->size(), 1u);
  EXPECT_NE(set->find("good"), nullptr);
}

TEST(KeySet, OfSecretsIsForTheHsAlgorithmsAlone) {
  EXPECT_EQ(key_mistake(Signer("HS256").jwks(), "HS256"), "none");
  EXPECT_EQ(key_mistake(Signer("HS256").jwks(), "RS256"), R"(no key for RS256: RS256 needs a key with "kty":"RSA")");
  EXPECT_EQ(key_mistake(Signer("RS256").jwks(), "HS256"), R"(no key for HS256: HS256 needs a key with "kty":"oct")");
}

TEST(KeySet, RefusesWeakKeys) {
  EXPECT_EQ(key_mistake(Signer("RS256", 1024).jwks(), "RS256"),
            "no key for RS256: 1024 bits of RSA are too few: at least 2048 are needed");
  EXPECT_EQ(key_mistake(R"({"keys":[{"kty":"oct","k":"c2hvcnQ"}]})", "HS256"),
            "no key for HS256: a secret key of 5 bytes is too short: at least 32 are needed");
}

TEST(KeySet, RefusesKeysThatAreNone) {
  const auto coordinate = test::base64url(std::string(32, '\x01'));
  EXPECT_EQ(key_mistake(fmt::format(R"({{"keys":[{{"kty":"EC","crv":"P-256","x":"{0}","y":"{0}"}}]}})", coordinate)),
            "no key for ES256: it is no EC key")
      << "a point that is not on the curve";
  EXPECT_EQ(key_mistake(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]})"),
            "no key for ES256: it is no EC key");
  EXPECT_EQ(key_mistake(R"({"keys":[{"kty":"RSA","n":"","e":"AQAB"}]})", "RS256"),
            "no key for RS256: it is no RSA key");
  EXPECT_EQ(key_mistake(R"({"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]})", "RS256"),
            "no key for RS256: it is no RSA key");
  EXPECT_EQ(key_mistake(fmt::format(R"({{"keys":[{{"kty":"RSA","n":"{}","e":"AQAB"}}]}})",
                                    test::base64url(std::string(100'000, '\x7f'))),
                        "RS256"),
            "no key for RS256: it is no RSA key")
      << "too long to check anything with";
  EXPECT_EQ(key_mistake(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQ"}]})", "EdDSA"),
            "no key for EdDSA: it is no OKP key");
  EXPECT_EQ(key_mistake(R"({"keys":[{"kty":"OKP","crv":"X25519","x":"AQ"}]})", "EdDSA"),
            "no key for EdDSA: it is no OKP key");
}

TEST(KeySet, RefusesDocumentsThatAreNone) {
  EXPECT_THAT(key_mistake("<html>"), StartsWith("no JSON at line 1"));
  EXPECT_EQ(key_mistake("[]"), R"(no object with a list of "keys")");
  EXPECT_EQ(key_mistake("{}"), R"(no object with a list of "keys")");
  EXPECT_EQ(key_mistake(R"({"keys":{}})"), R"(no object with a list of "keys")");
  EXPECT_EQ(key_mistake(R"({"keys":[]})"), "no key for ES256: the list is empty");
}

TEST(KeySet, RefusesDocumentsThatAreTooLarge) {
  EXPECT_EQ(key_mistake(std::string(10 * 1024 * 1024, ' ')), "10485760 bytes: at most 1048576 are allowed");
  std::string keys = "1";
  for (int i = 0; i < 256; ++i) keys += ",1";
  EXPECT_EQ(key_mistake(list({keys})), "257 keys: at most 256 are allowed");
}

TEST(KeySet, RefusesTwoKeysWithOneId) {
  const Signer one("ES256"), other("ES256");
  EXPECT_EQ(key_mistake(list({one.jwk(R"(,"kid":"a")"), other.jwk(R"(,"kid":"a")")})),
            R"(two keys with the "kid" "a")");
  EXPECT_EQ(key_mistake(list({one.jwk(), other.jwk()})), R"(two keys with the "kid" "")");
}

}  // namespace
}  // namespace plinth::auth

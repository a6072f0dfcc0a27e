#include "auth/token_verifier.h"

#include <gtest/gtest.h>

#include <map>

#include "auth/secret_key.h"
#include "plinth/async.h"
#include "signer.h"

namespace plinth::auth {
namespace {

using namespace std::chrono_literals;
using test::base64url;
using test::Signer;

constexpr std::string_view kClaims = R"({"sub":"alice","exp":2000})";

/// The time of all tests here, in seconds.
std::int64_t time_now = 1000;
Claims::Time now() noexcept { return Claims::Time(std::chrono::seconds(time_now)); }

const Signer& signer(const std::string& algorithm) {
  static std::map<std::string, Signer> signers;
  return signers.try_emplace(algorithm, algorithm).first->second;
}

/// Keys that the test changes.
class ChangingKeys final : public KeySource {
 public:
  void publish(std::string_view jwks, const Algorithm& algorithm) {
    keys_ = std::make_shared<const KeySet>(KeySet::parse(jwks, algorithm).value());
    ++version_;
  }
  /// What `look_again` finds.
  std::function<void()> found = [] {};
  int looked = 0;

  std::shared_ptr<const KeySet> keys() const override { return keys_; }
  std::uint64_t version() const noexcept override { return version_; }
  Task<void> look_again() override {
    ++looked;
    found();
    co_return;
  }

 private:
  std::shared_ptr<const KeySet> keys_;
  std::uint64_t version_ = 0;
};

class TokenVerifierTest : public ::testing::TestWithParam<const char*> {
 protected:
  TokenVerifierTest() { time_now = 1000; }

  TokenVerifier make(const std::string& algorithm, ClaimRules rules = {}) {
    const auto& known = *find_algorithm(algorithm);
    keys_->publish(signer(algorithm).jwks(R"(,"kid":"1")"), known);
    return TokenVerifier(known, keys_, std::move(rules), &now);
  }

  static std::string verdict(TokenVerifier& verifier, const std::string& token) {
    const auto claims = sync_wait(verifier.verify(token));
    return claims ? "good: " + claims->subject() : claims.error().message();
  }
  std::string verdict_on(std::string_view claims, ClaimRules rules = {}) {
    auto verifier = make("HS256", std::move(rules));
    return verdict(verifier, signer("HS256").token(claims));
  }

  std::shared_ptr<ChangingKeys> keys_ = std::make_shared<ChangingKeys>();
};

TEST_P(TokenVerifierTest, TellsGoodFromChanged) {
  auto verifier = make(GetParam());
  const auto token = signer(GetParam()).token(kClaims, R"(,"kid":"1")");
  EXPECT_EQ(verdict(verifier, token), "good: alice");
  const auto dot = token.rfind('.');
  const auto other = base64url(R"({"sub":"mallory","exp":2000})");
  EXPECT_EQ(verdict(verifier, token.substr(0, token.find('.') + 1) + other + token.substr(dot)),
            "its signature is wrong");
  auto flipped = token;
  flipped[dot + 5] = flipped[dot + 5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(verdict(verifier, flipped), "its signature is wrong");
  EXPECT_EQ(verdict(verifier, token.substr(0, dot + 1)), "its signature is wrong");
  EXPECT_EQ(verdict(verifier, token.substr(0, dot + 5)), "its signature is wrong");
  EXPECT_EQ(verdict(verifier, token + "AAAA"), "its signature is wrong");
}

INSTANTIATE_TEST_SUITE_P(All, TokenVerifierTest,
                         ::testing::Values("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384",
                                           "PS512", "ES256", "ES384", "ES512", "EdDSA"));

TEST_F(TokenVerifierTest, TakesTheLargerCurveOfEdDsaToo) {
  auto verifier = make("EdDSA");
  const Signer larger("EdDSA", 448);
  keys_->publish(larger.jwks(R"(,"kid":"1")"), *find_algorithm("EdDSA"));
  EXPECT_EQ(verdict(verifier, larger.token(kClaims, R"(,"kid":"1")")), "good: alice");
  EXPECT_EQ(verdict(verifier, signer("EdDSA").token(kClaims, R"(,"kid":"1")")), "its signature is wrong");
}

TEST_F(TokenVerifierTest, RefusesTheSameAlgorithmWithAnotherKey) {
  for (const auto* const algorithm : {"RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"}) {
    auto verifier = make(algorithm);
    EXPECT_EQ(verdict(verifier, Signer(algorithm).token(kClaims, R"(,"kid":"1")")), "its signature is wrong");
  }
}

TEST_F(TokenVerifierTest, AcceptsNoTokenWithoutASignature) {
  auto verifier = make("RS256");
  for (const auto* const none : {"none", "None", "NONE", "nOnE", ""}) {
    const auto header = base64url(fmt::format(R"({{"alg":"{}"}})", none));
    EXPECT_EQ(verdict(verifier, header + "." + base64url(kClaims) + "."), "it is not signed with RS256");
  }
}

TEST_F(TokenVerifierTest, DoesNotTakeAPublicKeyForASecret) {
  auto verifier = make("RS256");
  const auto text = base64url(R"({"alg":"HS256","kid":"1"})") + "." + base64url(kClaims);
  const auto forged = text + "." + base64url(Signer::hmac("SHA256", signer("RS256").public_der(), text));
  EXPECT_EQ(verdict(verifier, forged), "it is not signed with RS256");
  const auto disguised = base64url(R"({"alg":"RS256","kid":"1"})") + "." + base64url(kClaims);
  const auto hmac = base64url(Signer::hmac("SHA256", signer("RS256").public_der(), disguised));
  EXPECT_EQ(verdict(verifier, disguised + "." + hmac), "its signature is wrong");
}

TEST_F(TokenVerifierTest, DoesNotTakeOneFamilyForAnother) {
  auto verifier = make("RS256");
  for (const auto* const other : {"PS256", "ES256", "RS512", "EdDSA", "HS256"}) {
    EXPECT_EQ(verdict(verifier, signer(other).token(kClaims, R"(,"kid":"1")")), "it is not signed with RS256");
  }
}

TEST_F(TokenVerifierTest, TakesAnEcSignatureOfTheExactSizeAlone) {
  auto verifier = make("ES256");
  const auto token = signer("ES256").token(kClaims);
  const auto text = token.substr(0, token.rfind('.') + 1);
  for (const std::size_t size : {0u, 32u, 63u, 65u, 72u, 96u}) {
    EXPECT_EQ(verdict(verifier, text + base64url(std::string(size, '\x01'))), "its signature is wrong") << size;
  }
  EXPECT_EQ(verdict(verifier, text + base64url(std::string(64, '\0'))), "its signature is wrong") << "r and s of zero";
}

TEST_F(TokenVerifierTest, LimitsTheSizeOfATokenBeforeItLooksAtIt) {
  auto verifier = make("HS256");
  EXPECT_EQ(verdict(verifier, std::string(1024 * 1024, 'a')), "it has 1048576 bytes");
  const auto large = fmt::format(R"({{"sub":"{}","exp":2000}})", std::string(11'000, 's'));
  EXPECT_TRUE(verdict(verifier, signer("HS256").token(large)).starts_with("good"));
}

TEST_F(TokenVerifierTest, ReadsClaimsOnlyAfterTheSignature) {
  auto verifier = make("HS256");
  const auto deep = std::string(5000, '[');
  EXPECT_EQ(verdict(verifier, signer("HS256").token(deep)), "more than 16 levels of JSON");
  EXPECT_EQ(verdict(verifier, base64url(R"({"alg":"HS256"})") + "." + base64url(deep) + ".AAAA"),
            "its signature is wrong");
}

TEST_F(TokenVerifierTest, WantsTimesThatFitItsOwn) {
  const ClaimRules rules{.clock_skew = 30s};
  EXPECT_EQ(verdict_on(R"({"sub":"a","exp":971})", rules), "good: a");
  EXPECT_EQ(verdict_on(R"({"sub":"a","exp":970.5})", rules), "good: a");
  EXPECT_EQ(verdict_on(R"({"exp":970})", rules), "it has expired");
  EXPECT_EQ(verdict_on(R"({"exp":0})", rules), "it has expired");
  EXPECT_EQ(verdict_on(R"({"sub":"a"})", rules), "it never expires");
  EXPECT_EQ(verdict_on(R"({"sub":"a","exp":2000,"nbf":1030})", rules), "good: a");
  EXPECT_EQ(verdict_on(R"({"exp":2000,"nbf":1031})", rules), "it is not valid yet");
  EXPECT_EQ(verdict_on(R"({"sub":"a","exp":2000,"iat":1030})", rules), "good: a");
  EXPECT_EQ(verdict_on(R"({"exp":2000,"iat":1031})", rules), "it was issued in the future");
  EXPECT_EQ(verdict_on(R"({"exp":"2000"})", rules), R"(the claim "exp" is no time)");
}

TEST_F(TokenVerifierTest, MayAcceptTokensThatNeverExpire) {
  const ClaimRules rules{.require_expiry = false};
  EXPECT_EQ(verdict_on(R"({"sub":"a"})", rules), "good: a");
  EXPECT_EQ(verdict_on(R"({"sub":"a","exp":999})", rules), "it has expired");
}

TEST_F(TokenVerifierTest, WantsItsIssuerAndAudience) {
  const ClaimRules rules{.issuer = "https://issuer.example", .audience = "me"};
  const auto claims = [](std::string_view issuer, std::string_view audience) {
    return fmt::format(R"({{"sub":"a","exp":2000,"iss":"{}","aud":{}}})", issuer, audience);
  };
  EXPECT_EQ(verdict_on(claims("https://issuer.example", R"("me")"), rules), "good: a");
  EXPECT_EQ(verdict_on(claims("https://issuer.example", R"(["you","me"])"), rules), "good: a");
  EXPECT_EQ(verdict_on(claims("https://issuer.example/", R"("me")"), rules), "it is of another issuer");
  EXPECT_EQ(verdict_on(claims("https://issuer.example", R"("you")"), rules), "it is for another audience");
  EXPECT_EQ(verdict_on(claims("https://issuer.example", R"("me2")"), rules), "it is for another audience");
  EXPECT_EQ(verdict_on(kClaims, rules), "it is of another issuer");
}

TEST_F(TokenVerifierTest, LooksAgainForAKeyThatItDoesNotKnow) {
  auto verifier = make("ES256");
  const Signer next("ES256");
  const auto token = next.token(kClaims, R"(,"kid":"2")");
  EXPECT_EQ(verdict(verifier, token), "its key is not known");
  EXPECT_EQ(keys_->looked, 1);
  keys_->found = [&] { keys_->publish(next.jwks(R"(,"kid":"2")"), *find_algorithm("ES256")); };
  EXPECT_EQ(verdict(verifier, token), "good: alice");
  EXPECT_EQ(keys_->looked, 2);
}

TEST_F(TokenVerifierTest, FindsKeysByTheirWholeIdsAndNothingElse) {
  auto verifier = make("ES256");
  for (const auto* const id : {"../1", "1'", "1\\\"", "1\\u0000", "/etc/passwd", "' OR 1=1 --"}) {
    const auto header = fmt::format(R"(,"kid":"{}")", id);
    EXPECT_EQ(verdict(verifier, signer("ES256").token(kClaims, header)), "its key is not known") << id;
  }
}

TEST_F(TokenVerifierTest, DoesNotUseAKeyThatTheTokenBringsAlong) {
  auto verifier = make("ES256");
  const Signer attacker("ES256");
  const auto header =
      fmt::format(R"(,"kid":"1","jku":"https://evil.example/","x5u":"https://evil.example/","jwk":{})", attacker.jwk());
  EXPECT_EQ(verdict(verifier, attacker.token(kClaims, header)), "its signature is wrong");
}

TEST_F(TokenVerifierTest, SaysThatItCannotTellWithoutKeys) {
  TokenVerifier verifier(*find_algorithm("ES256"), keys_, {}, &now);
  const auto token = signer("ES256").token(kClaims);
  EXPECT_EQ(sync_wait(verifier.verify(token)).error(), unavailable("Tokens cannot be verified at the moment"));
}

TEST_F(TokenVerifierTest, ForgetsATokenThatExpires) {
  auto verifier = make("HS256", {.clock_skew = 30s});
  const auto token = signer("HS256").token(kClaims);
  EXPECT_EQ(verdict(verifier, token), "good: alice");
  time_now = 2029;
  EXPECT_EQ(verdict(verifier, token), "good: alice");
  time_now = 2030;
  EXPECT_EQ(verdict(verifier, token), "it has expired");
}

TEST_F(TokenVerifierTest, ForgetsATokenWhenItsKeyIsWithdrawn) {
  auto verifier = make("ES256");
  const auto token = signer("ES256").token(kClaims, R"(,"kid":"1")");
  EXPECT_EQ(verdict(verifier, token), "good: alice");
  keys_->publish(Signer("ES256").jwks(R"(,"kid":"2")"), *find_algorithm("ES256"));
  EXPECT_EQ(verdict(verifier, token), "its key is not known");
}

TEST(SecretKey, IsNoPublicKeyInPem) {
  const auto key = make_secret_key(*find_algorithm("HS256"), "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEF");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().message(), "the secret key is a key or certificate in PEM, which HS256 must not use");
}

}  // namespace
}  // namespace plinth::auth

#include "plinth/claims.h"

#include <gmock/gmock.h>

namespace plinth {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Claims claims(std::string_view json) {
  auto parsed = Claims::parse(json);
  if (!parsed) throw StatusError(parsed.error());
  return *parsed;
}

std::string claims_mistake(std::string_view json) {
  const auto parsed = Claims::parse(json);
  return parsed ? "none" : parsed.error().message();
}

TEST(Claims, HaveTheRegisteredNames) {
  const auto all = claims(R"({"sub":"alice","iss":"https://issuer.example","jti":"7","exp":100,"nbf":50.5,"iat":5e1})");
  EXPECT_EQ(all.subject(), "alice");
  EXPECT_EQ(all.issuer(), "https://issuer.example");
  EXPECT_EQ(all.id(), "7");
  EXPECT_EQ(all.expiry(), Claims::Time(100s));
  EXPECT_EQ(all.not_before(), Claims::Time(50'500ms));
  EXPECT_EQ(all.issued_at(), Claims::Time(50s));
}

TEST(Claims, AreEmptyWhenTheTokenHasNone) {
  const auto none = claims("{}");
  EXPECT_EQ(none.subject(), "");
  EXPECT_EQ(none.expiry(), std::nullopt);
  EXPECT_THAT(none.scopes(), IsEmpty());
  EXPECT_THAT(none.audiences(), IsEmpty());
  EXPECT_EQ(none.json("sub"), "");
}

TEST(Claims, HaveAudiencesAsATextOrAList) {
  EXPECT_THAT(claims(R"({"aud":"a"})").audiences(), ElementsAre("a"));
  EXPECT_THAT(claims(R"({"aud":["a","b"]})").audiences(), ElementsAre("a", "b"));
}

TEST(Claims, HaveScopesInAnyOfTheUsualForms) {
  EXPECT_THAT(claims(R"({"scope":"read  write "})").scopes(), ElementsAre("read", "write"));
  EXPECT_THAT(claims(R"({"scp":["read","write"]})").scopes(), ElementsAre("read", "write"));
  EXPECT_THAT(claims(R"({"scp":"read write"})").scopes(), ElementsAre("read", "write"));
  EXPECT_TRUE(claims(R"({"scope":"read"})").has_scope("read"));
  EXPECT_FALSE(claims(R"({"scope":"readers"})").has_scope("read"));
}

TEST(Claims, GiveAnyOtherByItsType) {
  const auto all = claims(R"({"name":"Ä","level":7.5,"admin":true,"roles":{"a":[1]}})");
  EXPECT_EQ(all.text("name"), "Ä");
  EXPECT_EQ(all.number("level"), 7.5);
  EXPECT_EQ(all.flag("admin"), true);
  EXPECT_EQ(all.json("roles"), R"({"a":[1]})");
  EXPECT_EQ(all.text("level"), std::nullopt);
  EXPECT_EQ(all.number("name"), std::nullopt);
  EXPECT_EQ(all.flag("name"), std::nullopt);
  EXPECT_EQ(all.text("other"), std::nullopt);
}

TEST(Claims, AreRefusedWhenTheyHaveOtherTypes) {
  EXPECT_EQ(claims_mistake("[]"), "the claims are no object");
  EXPECT_EQ(claims_mistake(R"({"sub":7})"), R"(the claim "sub" is no text)");
  EXPECT_EQ(claims_mistake(R"({"iss":null})"), R"(the claim "iss" is no text)");
  EXPECT_EQ(claims_mistake(R"({"aud":[7]})"), R"(the claim "aud" is no list of texts)");
  EXPECT_EQ(claims_mistake(R"({"scp":[[]]})"), R"(the claim "scp" is no list of texts)");
  EXPECT_EQ(claims_mistake(R"({"scope":["read"]})"), R"(the claim "scope" is no text)");
  for (const auto* const time : {R"("100")", "-1", "1e300", "true", "253402300800", "null"}) {
    EXPECT_EQ(claims_mistake(fmt::format(R"({{"exp":{}}})", time)), R"(the claim "exp" is no time)") << time;
  }
}

TEST(Claims, MayBeOfAFarFuture) {
  EXPECT_GT(claims(R"({"exp":253402300799})").expiry(), Claims::Time(200 * 365 * 24h));
}

}  // namespace
}  // namespace plinth

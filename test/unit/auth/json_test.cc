#include "auth/json.h"

#include <gtest/gtest.h>

namespace plinth::auth {
namespace {

std::string json_mistake(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? "none" : parsed.error().message();
}

std::string nested(int levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(Json, IsReadAsItStands) {
  const auto parsed = parse_json(R"({"a":[1,2.5,"x",null,true],"b":{"a":1}})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("a").size(), 5u);
  EXPECT_EQ(parsed->at("b").at("a"), 1);
}

TEST(Json, HasAtMostSixteenLevels) {
  EXPECT_EQ(json_mistake(nested(16)), "none");
  EXPECT_EQ(json_mistake(nested(17)), "more than 16 levels of JSON");
  EXPECT_EQ(json_mistake(nested(500'000)), "more than 16 levels of JSON");
  EXPECT_EQ(json_mistake(std::string(500'000, '[')), "more than 16 levels of JSON");
}

TEST(Json, HasNoFieldTwice) {
  EXPECT_EQ(json_mistake(R"({"alg":"RS256","alg":"none"})"), R"(the field "alg" twice)");
  EXPECT_EQ(json_mistake(R"({"a":{"b":1,"b":1}})"), R"(the field "b" twice)");
  EXPECT_EQ(json_mistake(R"({"a":1,"b":{"a":1}})"), "none");
  EXPECT_EQ(json_mistake(R"({"a":1,"\u0061":2})"), R"(the field "a" twice)");
}

TEST(Json, IsNotAnythingElse) {
  EXPECT_EQ(json_mistake(""), "no JSON at line 1, column 1");
  EXPECT_EQ(json_mistake("{\n  \"a\": oops\n}"), "no JSON at line 2, column 8");
  EXPECT_EQ(json_mistake("{} {}"), "no JSON at line 1, column 4");
  EXPECT_EQ(json_mistake(std::string_view("{}\0{", 4)), "no JSON at line 1, column 3");
  EXPECT_EQ(json_mistake("\"\xff\""), "no JSON at line 1, column 2");
  EXPECT_EQ(json_mistake("1e999"), "a number in JSON that no double can hold");
}

TEST(Json, IsShownInPrintableCharactersAndNotAtLength) {
  EXPECT_EQ(shown(nlohmann::json("a\n\x1b[31mä")), R"("a\n\u001b[31m\u00e4")");
  EXPECT_LT(shown(nlohmann::json(std::string(1000, 'x'))).size(), 70u);
}

}  // namespace
}  // namespace plinth::auth

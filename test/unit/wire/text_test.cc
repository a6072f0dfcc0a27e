#include "wire/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace plinth::wire {
namespace {

using testing::ElementsAre;

std::vector<std::string_view> items(std::string_view list) {
  std::vector<std::string_view> found;
  EXPECT_TRUE(each_item(list, [&](std::string_view item) { return found.push_back(item), true; }));
  return found;
}

TEST(Trim, TakesSpacesAndTabsFromBothEnds) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim("ab"), "ab");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(EachItem, SplitsAtCommas) {
  EXPECT_THAT(items("a"), ElementsAre("a"));
  EXPECT_THAT(items("a,b , c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(items(""), ElementsAre(""));
  EXPECT_THAT(items(",a,"), ElementsAre("", "a", ""));
}

TEST(EachItem, StopsWhenToldTo) {
  int used = 0;
  EXPECT_FALSE(each_item("a,b,c", [&](std::string_view item) { return ++used, item != "b"; }));
  EXPECT_EQ(used, 2);
}

TEST(Shown, IsShortAndPrintable) {
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("caf\xc3\xa9\n~"), "caf???~");
  EXPECT_EQ(shown(std::string(64, 'x')), std::string(64, 'x'));
  EXPECT_EQ(shown(std::string(65, 'x')), std::string(64, 'x') + "...");
}

}  // namespace
}  // namespace plinth::wire

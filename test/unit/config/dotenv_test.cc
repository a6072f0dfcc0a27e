#include "config/dotenv.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace plinth::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> parsed(std::string_view text) {
  auto entries = parse_dotenv(text);
  if (!entries) return {{"error", entries.error()}};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (auto& entry : *entries) pairs.emplace_back(entry.name, entry.value);
  return pairs;
}

/// The value that `text`, after "A=", gives.
std::string value_of(const std::string& text) {
  const auto pairs = parsed("A=" + text);
  return pairs.size() == 1 ? pairs.front().second : "not one entry";
}

TEST(Dotenv, ReadsNamesAndValuesInOrder) {
  EXPECT_THAT(parsed("A=1\nB=two words\nA=3\n"), ElementsAre(Pair("A", "1"), Pair("B", "two words"), Pair("A", "3")));
  EXPECT_THAT(parsed("LAST=without line end"), ElementsAre(Pair("LAST", "without line end")));
}

TEST(Dotenv, KnowsTheLine) {
  const auto entries = parse_dotenv("# one\n\nA=1\n").value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].line, 3u);
}

TEST(Dotenv, PassesOverBlanksAndComments) {
  EXPECT_THAT(parsed(""), IsEmpty());
  EXPECT_THAT(parsed("\n  \n\t# A=1\n#\r\n"), IsEmpty());
}

TEST(Dotenv, TakesWindowsLinesAndAByteOrderMark) {
  EXPECT_THAT(parsed("\xEF\xBB\xBF"
                     "A=1\r\nB=\"2\"\r\n"),
              ElementsAre(Pair("A", "1"), Pair("B", "2")));
}

TEST(Dotenv, TakesExport) {
  EXPECT_THAT(parsed("export A=1\n  export\tB = 2\nexported=3\nexport=4"),
              ElementsAre(Pair("A", "1"), Pair("B", "2"), Pair("exported", "3"), Pair("export", "4")));
}

TEST(Dotenv, ReadsBareValues) {
  EXPECT_EQ(value_of(""), "");
  EXPECT_EQ(value_of("  x  "), "x");
  EXPECT_EQ(value_of("a=b=c"), "a=b=c");
  EXPECT_EQ(value_of("$HOME \\n it's"), "$HOME \\n it's");
}

TEST(Dotenv, EndsBareValuesAtAComment) {
  EXPECT_EQ(value_of("x # comment"), "x");
  EXPECT_EQ(value_of("x#y"), "x#y");
  EXPECT_EQ(value_of("#x"), "#x");
  EXPECT_EQ(value_of(" # comment"), "");
}

TEST(Dotenv, KeepsSingleQuotedTextAsItStands) {
  EXPECT_EQ(value_of(R"(' a # "b" \n $C ')"), R"( a # "b" \n $C )");
  EXPECT_EQ(value_of("''"), "");
  EXPECT_EQ(value_of("'a' # comment"), "a");
}

TEST(Dotenv, ReadsEscapesInDoubleQuotes) {
  EXPECT_EQ(value_of(R"("a\nb\r\t\"\\\$ # 'c'")"), "a\nb\r\t\"\\$ # 'c'");
  EXPECT_EQ(value_of(R"("C:\dir")"), R"(C:\dir)") << "an escape that is none stays";
  EXPECT_EQ(value_of(R"("x"#comment)"), "x");
}

TEST(Dotenv, NamesTheMalformedLine) {
  const std::pair<std::string, std::string> cases[] = {
      {"A", ".env:2: expected NAME=value"},
      {"=1", ".env:2: expected NAME=value"},
      {"A B=1", ".env:2: expected NAME=value"},
      {"export A", ".env:2: expected NAME=value"},
      {std::string("A=1\0", 4), ".env:2: expected NAME=value"},
      {"A=\"x", ".env:2: the quote is not closed on this line"},
      {"A='x", ".env:2: the quote is not closed on this line"},
      {R"(A="x\")", ".env:2: the quote is not closed on this line"},
      {"A=\"x\" y", ".env:2: there is text after the closing quote"},
      {"A='it's'", ".env:2: there is text after the closing quote"},
  };
  for (const auto& [line, error] : cases) {
    EXPECT_THAT(parsed("# first\n" + line + "\nB=1\n"), ElementsAre(Pair("error", error))) << line;
  }
}

TEST(Dotenv, HasALargestSize) {
  EXPECT_THAT(parsed("#" + std::string(kLargestDotenv - 1, 'x')), IsEmpty());
  EXPECT_THAT(parsed("#" + std::string(kLargestDotenv, 'x')),
              ElementsAre(Pair("error", ".env: larger than 1048576 bytes")));
}

}  // namespace
}  // namespace plinth::config

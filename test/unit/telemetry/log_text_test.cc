#include "telemetry/log_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "telemetry/log_time.h"

namespace plinth::telemetry {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using nlohmann::json;

std::string json_text(std::string_view text) {
  fmt::memory_buffer line;
  append_json_text(line, text);
  return fmt::to_string(line);
}

std::string word(std::string_view text) {
  fmt::memory_buffer line;
  append_word(line, text);
  return fmt::to_string(line);
}

TEST(LogText, KeepsPlainTextAndUtf8) {
  EXPECT_EQ(json_text(""), R"("")");
  EXPECT_EQ(json_text("plain text"), R"("plain text")");
  EXPECT_EQ(json_text("é € 😀 \u00a0 \ud7ff \ue000 \U0010ffff"), "\"é € 😀 \u00a0 \ud7ff \ue000 \U0010ffff\"");
}

TEST(LogText, EscapesWhatEndsAStringOrALine) {
  EXPECT_EQ(json_text("\"\\/\n\r\t\b\f"), R"("\"\\/\n\r\t\u0008\u000c")");
  EXPECT_EQ(json_text("\0\x1f\x7f"s), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(json_text("\u0080\u0085\u009f\u2028\u2029"), R"("\u0080\u0085\u009f\u2028\u2029")");
}

TEST(LogText, EscapesMarksOfWritingDirection) {
  EXPECT_EQ(json_text("\u200e\u200f\u202a\u202e\u2066\u2069\ufeff"), R"("\u200e\u200f\u202a\u202e\u2066\u2069\ufeff")");
}

TEST(LogText, OfEveryByteIsValidJson) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const auto parsed = json::parse(json_text(text)).get<std::string>();
    EXPECT_EQ(parsed, byte < 0x80 ? text : "\ufffd") << "byte " << byte;
  }
}

TEST(LogText, ReplacesWhatIsNoUtf8) {
  const std::pair<std::string, std::string> cases[] = {
      {"\x80", "\ufffd"},                                // a continuation alone
      {"\xc3", "\ufffd"},                                // ends too early
      {"\xc3(", "\ufffd("},                              // no continuation
      {"\xe2\x82", "\ufffd\ufffd"},                      // ends too early, of three
      {"\xf0\x9f\x98", "\ufffd\ufffd\ufffd"},            // ends too early, of four
      {"\xc0\xaf", "\ufffd\ufffd"},                      // too long a form of '/'
      {"\xe0\x80\xaf", "\ufffd\ufffd\ufffd"},            // too long, of three
      {"\xf0\x80\x80\xaf", "\ufffd\ufffd\ufffd\ufffd"},  // too long, of four
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},            // half of a surrogate pair
      {"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},  // above U+10FFFF
      {"\xf8\x88\x80\x80\x80", "\ufffd\ufffd\ufffd\ufffd\ufffd"},
      {"\xff\xfe", "\ufffd\ufffd"},
      {"a\xe2\x82\xac\xe2z", "a€\ufffdz"},
      {"\ufffd", "\ufffd"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(json_text(text), '"' + expected + '"');
}

TEST(LogText, KeepsEightKibibytes) {
  const std::string longest(kLongestLogText, 'x');
  EXPECT_EQ(json_text(longest), '"' + longest + '"');
  EXPECT_EQ(word(longest), longest);
}

TEST(LogText, CutsLongerTextAndSaysSo) {
  const std::string text(kLongestLogText + 1, 'x');
  const auto expected = '"' + std::string(kLongestLogText, 'x') + "... (cut, 8193 bytes)\"";
  EXPECT_EQ(json_text(text), expected);
  EXPECT_EQ(word(text), expected);
}

TEST(LogText, CutsBetweenCharacters) {
  std::string text(kLongestLogText - 2, 'x');
  const auto kept = text;
  for (int i = 0; i < 10; ++i) text += "😀";
  EXPECT_EQ(json_text(text), '"' + kept + "... (cut, 8230 bytes)\"");
}

TEST(LogText, CutsEndlessContinuationBytesToo) {
  const auto text = json_text(std::string(100'000, '\x80'));
  EXPECT_TRUE(json::accept(text));
  EXPECT_LT(text.size(), 3 * kLongestLogText + 100);
}

TEST(LogText, LeavesWordsBareOnly) {
  EXPECT_EQ(word("/pkg.Service/Method"), "/pkg.Service/Method");
  EXPECT_EQ(word(""), R"("")");
  EXPECT_EQ(word("a b"), R"("a b")");
  EXPECT_EQ(word("a=b"), R"("a=b")");
  EXPECT_EQ(word("a\"b"), R"("a\"b")");
  EXPECT_EQ(word("a\x1b"), R"("a\u001b")");
  EXPECT_EQ(word("né"), "\"né\"");
}

std::string timestamp(std::chrono::system_clock::time_point time) {
  fmt::memory_buffer line;
  append_timestamp(line, time);
  return fmt::to_string(line);
}

TEST(LogTime, IsRfc3339InUtcWithMicroseconds) {
  using std::chrono::sys_days;
  EXPECT_EQ(timestamp({}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(timestamp(sys_days(std::chrono::February / 29 / 2024) + 23h + 59min + 59s + 999'999'999ns),
            "2024-02-29T23:59:59.999999Z");
  EXPECT_EQ(timestamp(sys_days(std::chrono::December / 31 / 1969) + 23h + 1us), "1969-12-31T23:00:00.000001Z");
}

}  // namespace
}  // namespace plinth::telemetry

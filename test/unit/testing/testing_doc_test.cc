#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

std::string text_of(const char* path) {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
  std::ostringstream text;
  text << std::ifstream(root / path).rdbuf();
  return text.str();
}

TEST(TestingDoc, ShowsCodeThatCompiles) {
  const std::string begin = "```cpp\n", end = "```";
  const auto doc = text_of("doc/testing.md"), code = text_of("test/unit/testing/example_test.cc");
  int pieces = 0;
  for (auto at = doc.find(begin); at != std::string::npos; at = doc.find(begin, at), ++pieces) {
    at += begin.size();
    const auto piece = doc.substr(at, doc.find(end, at) - at);
    EXPECT_TRUE(code.contains(piece)) << "example_test.cc has another text than doc/testing.md:\n" << piece;
  }
  EXPECT_GE(pieces, 4);
}

}  // namespace

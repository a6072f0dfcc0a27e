#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "interceptors/correlation_id.h"
#include "plinth/logging.h"

namespace plinth::interceptors {
namespace {

TEST(CorrelationIdText, IsVisibleAsciiWithoutQuotes) {
  for (const auto* text :
       {"a", "abc-123", "550e8400-e29b-41d4-a716-446655440000", "req:7/8;x=(y)", "~!@#$%^&*_+{}<>"}) {
    EXPECT_TRUE(is_correlation_id(text)) << text;
  }
  for (const auto* text :
       {"", " ", "a b", "a\tb", "a\nb", "a\r", "\"", "a'b", "a\\b", "\x7f", "\x1b[2J", "né", "\x80"}) {
    EXPECT_FALSE(is_correlation_id(text)) << text;
  }
  EXPECT_FALSE(is_correlation_id(std::string_view("a\0b", 3)));
}

TEST(CorrelationIdText, HasUpTo128Characters) {
  EXPECT_TRUE(is_correlation_id(std::string(128, 'x')));
  EXPECT_FALSE(is_correlation_id(std::string(129, 'x')));
}

TEST(NewUuid, IsOneOfVersion4) {
  const std::regex version_4("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<char> variants;
  for (int i = 0; i < 1000; ++i) {
    const auto uuid = new_uuid();
    ASSERT_TRUE(std::regex_match(uuid, version_4)) << uuid;
    variants.insert(uuid[19]);
  }
  EXPECT_EQ(variants, (std::set{'8', '9', 'a', 'b'})) << "the digit after the variant's two bits is random";
}

TEST(NewUuid, IsAnotherOneEachTimeOnEveryThread) {
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& own : made) {
      threads.emplace_back([&own] {
        for (int i = 0; i < 1000; ++i) own.push_back(new_uuid());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& own : made) all.insert(own.begin(), own.end());
  EXPECT_EQ(all.size(), 4000u);
}

TEST(CurrentCorrelationId, IsEmptyOutsideOfCalls) { EXPECT_EQ(current_correlation_id(), ""); }

}  // namespace
}  // namespace plinth::interceptors

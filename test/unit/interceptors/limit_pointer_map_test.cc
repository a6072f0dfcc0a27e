#include "interceptors/pointer_map.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace plinth::interceptors {
namespace {

struct Key {
  int number;
};

class PointerMapTest : public ::testing::Test {
 protected:
  std::atomic<int> made_ = 0;
  PointerMap<Key, std::unique_ptr<int>> map_{[this](const Key& key) {
    ++made_;
    return std::make_unique<int>(key.number);
  }};
};

TEST_F(PointerMapTest, MakesAValueForEachKeyOnce) {
  std::vector<Key> keys(1000);
  for (int i = 0; i < 1000; ++i) keys.at(static_cast<std::size_t>(i)).number = i;
  for (int round = 0; round < 2; ++round) {
    for (const auto& key : keys) ASSERT_EQ(*map_[key], key.number);
  }
  EXPECT_EQ(made_, 1000);
}

TEST_F(PointerMapTest, LeavesValuesWhereTheyAre) {
  std::vector<Key> keys(1000);
  auto* const first = &map_[keys.front()];
  for (const auto& key : keys) map_[key];
  EXPECT_EQ(&map_[keys.front()], first);
}

TEST_F(PointerMapTest, GivesAllThreadsTheSame) {
  std::vector<Key> keys(100);
  std::array<std::vector<std::unique_ptr<int>*>, 4> seen;
  {
    std::vector<std::jthread> threads;
    for (auto& mine : seen) {
      threads.emplace_back([&] {
        for (const auto& key : keys) mine.push_back(&map_[key]);
      });
    }
  }
  for (const auto& others : seen) EXPECT_EQ(others, seen.front());
  EXPECT_EQ(made_, 100);
}

}  // namespace
}  // namespace plinth::interceptors

#include <gtest/gtest.h>

#include "interceptors/log_sampler.h"

namespace plinth::interceptors {
namespace {

int picked(LogSampler& sampler, std::string_view path, int calls) {
  int count = 0;
  for (int i = 0; i < calls; ++i) count += sampler.pick(path);
  return count;
}

TEST(LogSampler, PicksOneOfSoManyBeginningWithTheFirst) {
  LogSampler sampler({{"/a.S/Hot", 100}});
  EXPECT_TRUE(sampler.pick("/a.S/Hot"));
  EXPECT_EQ(picked(sampler, "/a.S/Hot", 99), 0);
  EXPECT_TRUE(sampler.pick("/a.S/Hot"));
}

TEST(LogSampler, CountsEachMethodByItself) {
  LogSampler sampler({{"/a.S/Hot", 10}, {"/a.S/Hotter", 1000}});
  EXPECT_EQ(picked(sampler, "/a.S/Hot", 1000), 100);
  EXPECT_EQ(picked(sampler, "/a.S/Hotter", 1000), 1);
}

TEST(LogSampler, PicksEveryCallOfOtherMethods) {
  LogSampler sampler({{"/a.S/Hot", 10}, {"/a.S/Each", 1}});
  EXPECT_EQ(picked(sampler, "/a.S/Cold", 50), 50);
  EXPECT_EQ(picked(sampler, "/a.S/Each", 50), 50);
}

TEST(LogSampler, PicksNoneOfNone) {
  LogSampler sampler({{"/a.S/Never", 0}});
  EXPECT_EQ(picked(sampler, "/a.S/Never", 50), 0);
}

}  // namespace
}  // namespace plinth::interceptors

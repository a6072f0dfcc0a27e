#include "interceptors/token_bucket.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>
#include <vector>

namespace plinth::interceptors {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1h};

TEST(TokenBucket, GivesItsBurstAtOnce) {
  const BucketShape shape({.per_second = 10, .burst = 3});
  TokenBucket bucket;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(shape, kStart), 0s) << i;
  EXPECT_GT(bucket.take(shape, kStart), 0s);
}

TEST(TokenBucket, TellsWhenThereIsATokenAndKeepsThatWord) {
  const BucketShape shape({.per_second = 10, .burst = 1});
  TokenBucket bucket;
  bucket.take(shape, kStart);
  EXPECT_EQ(bucket.take(shape, kStart + 30ms), 70ms);
  EXPECT_EQ(bucket.take(shape, kStart + 99ms), 1ms) << "asking in vain costs nothing";
  EXPECT_EQ(bucket.take(shape, kStart + 100ms), 0s);
}

TEST(TokenBucket, GivesTheRateAndNoMoreInTheLongRun) {
  const BucketShape shape({.per_second = 1000, .burst = 5});
  TokenBucket bucket;
  int taken = 0;
  for (auto time = kStart; time < kStart + 10s; time += 100us) taken += bucket.take(shape, time) == 0s;
  EXPECT_EQ(taken, 5 + 9999);
}

TEST(TokenBucket, SavesNoMoreThanItsBurst) {
  const BucketShape shape({.per_second = 10, .burst = 2});
  TokenBucket bucket;
  bucket.take(shape, kStart);
  int taken = 0;
  while (bucket.take(shape, kStart + 24h) == 0s) ++taken;
  EXPECT_EQ(taken, 2);
}

TEST(TokenBucket, HasTheBurstOfASecondUnlessToldOtherwise) {
  const BucketShape shape({.per_second = 7});
  TokenBucket bucket;
  int taken = 0;
  while (bucket.take(shape, kStart) == 0s) ++taken;
  EXPECT_EQ(taken, 7);
}

TEST(TokenBucket, KnowsRatesBelowOneASecond) {
  const BucketShape shape({.per_second = 0.5});
  TokenBucket bucket;
  EXPECT_EQ(bucket.take(shape, kStart), 0s);
  EXPECT_EQ(bucket.take(shape, kStart), 2s);
}

TEST(TokenBucket, TakesBackWhatWasNotUsed) {
  const BucketShape shape({.per_second = 1, .burst = 1});
  TokenBucket bucket;
  bucket.take(shape, kStart);
  bucket.give_back(shape);
  EXPECT_EQ(bucket.take(shape, kStart), 0s);
}

TEST(TokenBucket, IsFullOnceAllTokensAreBack) {
  const BucketShape shape({.per_second = 10, .burst = 5});
  TokenBucket bucket;
  EXPECT_TRUE(bucket.full(kStart));
  bucket.take(shape, kStart);
  bucket.take(shape, kStart);
  EXPECT_FALSE(bucket.full(kStart + 199ms));
  EXPECT_TRUE(bucket.full(kStart + 200ms));
}

TEST(TokenBucket, IsNotConfusedByAClockThatIsALittleBehind) {
  const BucketShape shape({.per_second = 10, .burst = 1});
  TokenBucket bucket;
  bucket.take(shape, kStart);
  EXPECT_EQ(bucket.take(shape, kStart - 5ms), 105ms);
}

TEST(TokenBucket, GivesEachTokenToOneThread) {
  const BucketShape shape({.per_second = 1, .burst = 10'000});
  TokenBucket bucket;
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (bucket.take(shape, kStart) == 0s) ++taken;
      });
    }
  }
  EXPECT_EQ(taken, 10'000);
}

TEST(TokenBucketDeathTest, RefusesWhatIsNoRate) {
  EXPECT_DEATH(BucketShape({.per_second = 0}), "more than 0");
  EXPECT_DEATH(BucketShape({.per_second = -1}), "more than 0");
  EXPECT_DEATH(BucketShape({.per_second = std::numeric_limits<double>::quiet_NaN()}), "more than 0");
  EXPECT_DEATH(BucketShape({.per_second = std::numeric_limits<double>::infinity()}), "at most 1e9");
  EXPECT_DEATH(BucketShape({.per_second = 10, .burst = 0.5}), "at least one call");
  EXPECT_DEATH(BucketShape({.per_second = 0.001, .burst = 1000}), "within a day");
}

}  // namespace
}  // namespace plinth::interceptors

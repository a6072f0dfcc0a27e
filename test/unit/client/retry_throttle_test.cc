#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "client/retry_policy.h"

namespace plinth::client {
namespace {

void times(int count, const std::function<void()>& action) {
  for (int i = 0; i < count; ++i) action();
}

void in_threads(int count, const std::function<void()>& action) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(action);
}

TEST(RetryThrottle, StartsFull) {
  RetryThrottle throttle({.max_tokens = 10});
  EXPECT_TRUE(throttle.allows());
  times(4, [&] { EXPECT_TRUE(throttle.on_failure()); });
  EXPECT_FALSE(throttle.on_failure()) << "5 of 10 are not more than half";
  EXPECT_FALSE(throttle.allows());
}

TEST(RetryThrottle, HalfOfAnOddNumberIsExact) {
  RetryThrottle throttle({.max_tokens = 3, .token_ratio_thousandths = 1});
  EXPECT_TRUE(throttle.on_failure()) << "2 of 3";
  EXPECT_FALSE(throttle.on_failure()) << "1 of 3";
  times(500, [&] { throttle.on_success(); });
  EXPECT_FALSE(throttle.allows()) << "1.5 of 3";
  throttle.on_success();
  EXPECT_TRUE(throttle.allows()) << "1.501 of 3";
}

TEST(RetryThrottle, ASuccessGivesTheRatioBack) {
  RetryThrottle throttle({.max_tokens = 10, .token_ratio_thousandths = 100});
  times(6, [&] { throttle.on_failure(); });
  times(10, [&] { throttle.on_success(); });
  EXPECT_FALSE(throttle.allows()) << "4 + 10 x 0.1";
  throttle.on_success();
  EXPECT_TRUE(throttle.allows());
}

TEST(RetryThrottle, ThousandthsAreNotLost) {
  RetryThrottle throttle({.max_tokens = 2, .token_ratio_thousandths = 1});
  throttle.on_failure();
  EXPECT_FALSE(throttle.allows());
  throttle.on_success();
  EXPECT_TRUE(throttle.allows());
}

TEST(RetryThrottle, NeverHoldsMoreThanItsMaximum) {
  RetryThrottle throttle({.max_tokens = 2, .token_ratio_thousandths = 700});
  times(100, [&] { throttle.on_success(); });
  EXPECT_FALSE(throttle.on_failure());
}

TEST(RetryThrottle, NeverHoldsLessThanNothing) {
  RetryThrottle throttle({.max_tokens = 4, .token_ratio_thousandths = 1000});
  times(100, [&] { throttle.on_failure(); });
  times(2, [&] { throttle.on_success(); });
  EXPECT_FALSE(throttle.allows());
  throttle.on_success();
  EXPECT_TRUE(throttle.allows());
}

TEST(RetryThrottle, CountsEveryThreadsFailures) {
  RetryThrottle throttle({.max_tokens = 1000});
  in_threads(4, [&] { times(124, [&] { throttle.on_failure(); }); });
  times(3, [&] { EXPECT_TRUE(throttle.on_failure()) << "none may have been counted twice"; });
  EXPECT_FALSE(throttle.on_failure()) << "none may have been lost: this is the 500th";
}

TEST(RetryThrottle, CountsEveryThreadsSuccesses) {
  RetryThrottle throttle({.max_tokens = 1000, .token_ratio_thousandths = 1});
  times(501, [&] { throttle.on_failure(); });
  in_threads(4, [&] { times(250, [&] { throttle.on_success(); }); });
  EXPECT_FALSE(throttle.allows()) << "499 + 1000 x 0.001";
  throttle.on_success();
  EXPECT_TRUE(throttle.allows());
}

}  // namespace
}  // namespace plinth::client

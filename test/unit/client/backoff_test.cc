#include "client/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace plinth::client {
namespace {

using namespace std::chrono_literals;

constexpr double kNoJitter = 0.5;

Backoff backoff(const BackoffOptions& options, double random = kNoJitter) {
  return Backoff(options, [random] { return random; });
}

void expect_near(Duration wait, Duration expected) {
  EXPECT_NEAR(static_cast<double>(wait.count()), static_cast<double>(expected.count()), 1000.0) << "nanoseconds";
}

TEST(Backoff, GrowsUpToItsLimit) {
  auto waits = backoff(kConnectionBackoff);
  for (const auto expected : {1000ms, 1600ms, 2560ms, 4096ms}) expect_near(waits.next(), expected);
  for (int i = 0; i < 10; ++i) waits.next();
  expect_near(waits.next(), 120s);
  expect_near(waits.next(), 120s);
}

TEST(Backoff, TheJitterIsAPartOfEachWait) {
  auto shortest = backoff(kConnectionBackoff, 0), longest = backoff(kConnectionBackoff, 1);
  for (const auto expected : {1000ms, 1600ms, 2560ms}) {
    expect_near(shortest.next(), expected * 8 / 10);
    expect_near(longest.next(), expected * 12 / 10);
  }
}

TEST(Backoff, TheLimitIsBeforeTheJitter) {
  auto longest = backoff({.initial = 9s, .multiplier = 2, .jitter = 0.2, .max = 10s}, 1);
  longest.next();
  expect_near(longest.next(), 12s);
}

TEST(Backoff, BeginsAnewAfterReset) {
  auto waits = backoff(kConnectionBackoff);
  for (int i = 0; i < 5; ++i) waits.next();
  waits.reset();
  expect_near(waits.next(), 1000ms);
  expect_near(waits.next(), 1600ms);
}

TEST(Backoff, TheFirstWaitHasTheLimitToo) {
  expect_near(backoff({.initial = 5s, .multiplier = 2, .jitter = 0.2, .max = 2s}).next(), 2s);
}

TEST(Backoff, NothingStaysNothing) {
  auto waits = backoff({.initial = 0s, .multiplier = 2, .jitter = 0.2, .max = 30s});
  EXPECT_EQ(waits.next(), 0s);
  EXPECT_EQ(waits.next(), 0s);
}

TEST(Backoff, MayShrink) {
  auto waits = backoff({.initial = 8s, .multiplier = 0.5, .jitter = 0.2, .max = 30s});
  for (const auto expected : {8s, 4s, 2s, 1s}) expect_near(waits.next(), expected);
}

TEST(Backoff, WhatTheClockCannotHoldIsTheMaximum) {
  auto waits = backoff({.initial = Duration::max(), .multiplier = 1e300, .jitter = 0.2, .max = Duration::max()}, 1);
  EXPECT_EQ(waits.next(), Duration::max());
  EXPECT_EQ(waits.next(), Duration::max());
}

TEST(Backoff, ByItselfItSpreadsOverTheWholeJitter) {
  std::vector<Duration> waits;
  for (int i = 0; i < 1000; ++i) waits.push_back(Backoff(kConnectionBackoff).next());
  const auto [shortest, longest] = std::ranges::minmax(waits);
  EXPECT_GE(shortest, 800ms);
  EXPECT_LT(shortest, 850ms);
  EXPECT_GT(longest, 1150ms);
  EXPECT_LE(longest, 1200ms);
}

}  // namespace
}  // namespace plinth::client

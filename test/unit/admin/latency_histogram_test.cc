#include "admin/latency_histogram.h"

#include <gtest/gtest.h>

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, WithoutCallsEverythingIsZero) {
  const LatencyHistogram none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.quantile(0.99), 0ns);
  EXPECT_EQ(none.longest(), 0ns);
}

TEST(LatencyHistogram, AQuantileIsNeverTooLowAndAnEighthTooHighAtMost) {
  for (Duration latency = 8us; latency < 100s; latency = latency * 11 / 10) {
    LatencyHistogram histogram;
    histogram.add(latency);
    histogram.add(110s);
    EXPECT_GE(histogram.quantile(0.5), latency) << latency.count() << " ns";
    EXPECT_LE(histogram.quantile(0.5), latency * 9 / 8 + 1us) << latency.count() << " ns";
  }
}

TEST(LatencyHistogram, FindsTheCallThatTheQuantileMeans) {
  LatencyHistogram histogram;
  for (int i = 0; i < 98; ++i) histogram.add(1ms);
  histogram.add(50ms);
  histogram.add(2s);
  EXPECT_LT(histogram.quantile(0.98), 2ms);
  EXPECT_GE(histogram.quantile(0.99), 50ms);
  EXPECT_LT(histogram.quantile(0.99), 60ms);
  EXPECT_EQ(histogram.quantile(1), 2s) << "nothing took longer than the longest";
}

TEST(LatencyHistogram, HoldsWhatIsShorterAndLongerThanItsBuckets) {
  LatencyHistogram histogram;
  histogram.add(-1s);
  histogram.add(0ns);
  EXPECT_LE(histogram.quantile(1), 1us);
  histogram.add(24h * 365);
  EXPECT_EQ(histogram.quantile(1), 24h * 365);
  EXPECT_EQ(histogram.count(), 3u);
}

TEST(LatencyHistogram, TheSumOfTwoHasTheCallsOfBoth) {
  LatencyHistogram fast, slow;
  for (int i = 0; i < 3; ++i) fast.add(10us);
  slow.add(1s);
  fast += slow;
  EXPECT_EQ(fast.count(), 4u);
  EXPECT_LT(fast.quantile(0.75), 12us);
  EXPECT_EQ(fast.longest(), 1s);
}

}  // namespace
}  // namespace plinth::admin

// What a program counts, and how Prometheus reads it.

#include "plinth/metrics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace plinth {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr double kBounds[] = {.005, .1, 2.5};

class MetricsTest : public testing::Test {
 protected:
  std::string text() const { return metrics_->text(); }

  std::shared_ptr<Metrics> metrics_ = make_metrics();
};

TEST_F(MetricsTest, WithoutInstrumentsAreAnEmptyText) { EXPECT_EQ(text(), ""); }

TEST_F(MetricsTest, CountersOnlyGrow) {
  auto& counter = metrics_->counter("cats_total", "Cats seen.");
  counter.add();
  counter.add(2.5);
  counter.add(-1);
  counter.add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(text(),
            "# HELP cats_total Cats seen.\n"
            "# TYPE cats_total counter\n"
            "cats_total 3.5\n");
}

TEST_F(MetricsTest, GaugesAreAddedToOrSet) {
  auto& gauge = metrics_->gauge("cats", "Cats here.");
  gauge.add(3);
  gauge.add(-1);
  EXPECT_THAT(text(), AllOf(HasSubstr("# TYPE cats gauge\n"), HasSubstr("\ncats 2\n")));
  gauge.set(7.25);
  EXPECT_THAT(text(), HasSubstr("\ncats 7.25\n"));
  gauge.add(1);
  EXPECT_THAT(text(), HasSubstr("\ncats 8.25\n"));
}

TEST_F(MetricsTest, HistogramsCountWhatIsUpToEachBound) {
  auto& histogram = metrics_->histogram("nap_seconds", "Naps.", kBounds);
  for (const auto value : {0.0, .005, .006, 2.5, 100.0}) histogram.observe(value);
  histogram.observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(text(),
            "# HELP nap_seconds Naps.\n"
            "# TYPE nap_seconds histogram\n"
            "nap_seconds_bucket{le=\"0.005\"} 2\n"
            "nap_seconds_bucket{le=\"0.1\"} 3\n"
            "nap_seconds_bucket{le=\"2.5\"} 4\n"
            "nap_seconds_bucket{le=\"+Inf\"} 5\n"
            "nap_seconds_sum 102.511\n"
            "nap_seconds_count 5\n");
}

TEST_F(MetricsTest, NumbersAreAsShortAsOthersWriteThem) {
  constexpr double kBounds[] = {1e-05, .0006, .1, 4294967296};
  metrics_->histogram("cats", "", kBounds);
  for (const auto bound : {"1e-05", "0.0006", "0.1", "4294967296", "+Inf"}) {
    EXPECT_THAT(text(), HasSubstr(std::string("cats_bucket{le=\"") + bound + "\"} 0\n"));
  }
  auto& gauge = metrics_->gauge("dogs", "");
  const std::pair<double, std::string> values[] = {{std::numeric_limits<double>::infinity(), "+Inf"},
                                                   {-std::numeric_limits<double>::infinity(), "-Inf"},
                                                   {std::numeric_limits<double>::quiet_NaN(), "NaN"},
                                                   {1e300, "1e+300"},
                                                   {-0.5, "-0.5"}};
  for (const auto& [value, written] : values) {
    gauge.set(value);
    EXPECT_THAT(text(), HasSubstr("\ndogs " + written + "\n"));
  }
}

TEST_F(MetricsTest, HistogramsOfOneNameHaveTheBoundsOfTheFirst) {
  constexpr double kOthers[] = {1, 2};
  metrics_->histogram("nap_seconds", "Naps.", kBounds, {{"who", "cat"}});
  metrics_->histogram("nap_seconds", "Naps.", kOthers, {{"who", "dog"}}).observe(1);
  EXPECT_THAT(text(), AllOf(HasSubstr("nap_seconds_bucket{who=\"dog\",le=\"2.5\"} 1\n"), Not(HasSubstr("le=\"2\""))));
}

TEST_F(MetricsTest, TheSameNameAndLabelsAreTheSameInstrument) {
  auto& counter = metrics_->counter("cats_total", "Cats.", {{"fur", "red"}, {"age", "2"}});
  EXPECT_EQ(&counter, &metrics_->counter("cats_total", "Something else.", {{"age", "2"}, {"fur", "red"}}));
  EXPECT_NE(&counter, &metrics_->counter("cats_total", "Cats.", {{"age", "3"}, {"fur", "red"}}));
  counter.add(4);
  EXPECT_EQ(text(),
            "# HELP cats_total Cats.\n"
            "# TYPE cats_total counter\n"
            "cats_total{age=\"2\",fur=\"red\"} 4\n"
            "cats_total{age=\"3\",fur=\"red\"} 0\n");
}

TEST_F(MetricsTest, ALabelCannotForgeALine) {
  metrics_->counter("cats_total", "Cats.\ndogs_total 1", {{"name", "a\"} 9\ndogs_total{x=\"\\"}}).add();
  EXPECT_EQ(text(),
            "# HELP cats_total Cats.\\ndogs_total 1\n"
            "# TYPE cats_total counter\n"
            "cats_total{name=\"a\\\"} 9\\ndogs_total{x=\\\"\\\\\"} 1\n");
}

TEST_F(MetricsTest, AreBroughtUpToDateBeforeEachReading) {
  int readings = 0;
  auto hold = metrics_->before_reading([&] { metrics_->gauge("readings", "").set(++readings); });
  EXPECT_THAT(text(), HasSubstr("\nreadings 1\n"));
  EXPECT_THAT(text(), HasSubstr("\nreadings 2\n"));
  hold.reset();
  EXPECT_THAT(text(), HasSubstr("\nreadings 2\n"));
}

TEST_F(MetricsTest, MayGoBeforeWhatBringsThemUpToDate) {
  auto hold = metrics_->before_reading([] {});
  metrics_.reset();
  hold.reset();
}

using MetricsDeathTest = MetricsTest;

TEST_F(MetricsDeathTest, RefuseWhatPrometheusDoes) {
  EXPECT_DEATH(metrics_->counter("cats-total", ""), "the name of a metric is");
  EXPECT_DEATH(metrics_->counter("", ""), "the name of a metric is");
  EXPECT_DEATH(metrics_->counter("cats_total", "", {{"fur-colour", "red"}}), "the name of a label is");
  EXPECT_DEATH(metrics_->counter("cats_total", "", {{"__fur", "red"}}), "the name of a label is");
  EXPECT_DEATH(metrics_->counter("cats_total", "", {{"fur", "red"}, {"fur", "grey"}}), "give each label once");
  EXPECT_DEATH(metrics_->counter("cats_total", "", {{"le", "1"}}), "the name of a label is");
}

TEST_F(MetricsDeathTest, RefuseTwoKindsUnderOneName) {
  metrics_->counter("cats", "");
  EXPECT_DEATH(metrics_->gauge("cats", ""), "another kind of instrument");
}

TEST_F(MetricsDeathTest, RefuseBoundsThatDoNotRise) {
  constexpr double kFlat[] = {1, 1};
  constexpr double kEndless[] = {1, std::numeric_limits<double>::infinity()};
  EXPECT_DEATH(metrics_->histogram("nap_seconds", "", kFlat), "finite and rise");
  EXPECT_DEATH(metrics_->histogram("nap_seconds", "", kEndless), "finite and rise");
  EXPECT_DEATH(metrics_->histogram("nap_seconds", "", {}), "finite and rise");
}

}  // namespace
}  // namespace plinth

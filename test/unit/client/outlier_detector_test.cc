#include "client/outlier_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace plinth::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Record = OutlierDetector::Backend;
using Numbers = std::vector<std::size_t>;

/// How the calls of one backend ended in an interval.
struct Outcomes {
  int good = 0;
  int bad = 0;
};

OutlierDetection by_failures(OutlierDetection::FailurePercentageEjection options = {}) {
  return {.max_ejection_percent = 100, .failure_percentage_ejection = options};
}

OutlierDetection by_success_rate(OutlierDetection::SuccessRateEjection options = {}) {
  return {.max_ejection_percent = 100, .success_rate_ejection = options};
}

/// A detector with numbered backends and a clock that goes on by whole intervals.
class Cluster {
 public:
  Cluster(
      std::size_t size, OutlierDetection options, RandomIndex random = [](std::size_t) { return 99; })
      : options_(options), detector_(options, std::move(random)), backends_(size) {
    give_all();
  }

  void give_all() {
    std::vector<Record*> list;
    for (auto& backend : backends_) list.push_back(&backend);
    detector_.set_backends(list, now_);
  }
  void give(const Numbers& numbers) {
    std::vector<Record*> list;
    for (const auto number : numbers) list.push_back(&backends_[number]);
    detector_.set_backends(list, now_);
  }

  void calls(std::size_t number, Outcomes calls) {
    for (int call = 0; call < calls.good; ++call) backends_[number].on_call_end(true);
    for (int call = 0; call < calls.bad; ++call) backends_[number].on_call_end(false);
  }
  void all_call(Outcomes each) {
    for (std::size_t number = 0; number < backends_.size(); ++number) calls(number, each);
  }

  /// An interval later: who is ejected.
  Numbers sweep() {
    now_ += options_.interval;
    const auto sweep = detector_.sweep(now_);
    returned_ = numbers(sweep.returned);
    return numbers(sweep.ejected);
  }
  /// Who came back in the last sweep.
  const Numbers& returned() const { return returned_; }

  Numbers ejected() const {
    Numbers found;
    for (std::size_t number = 0; number < backends_.size(); ++number) {
      if (backends_[number].ejected()) found.push_back(number);
    }
    return found;
  }
  /// Sweeps without calls until backend 0 is back: how many there were.
  int sweeps_until_return() {
    int sweeps = 0;
    for (; backends_[0].ejected() && sweeps < 1000; ++sweeps) sweep();
    return sweeps;
  }

  OutlierDetector& detector() { return detector_; }
  TimePoint now() const { return now_; }

 private:
  Numbers numbers(const std::vector<Record*>& found) const {
    Numbers numbers;
    for (const auto* one : found) {
      const auto is_one = [&](const Record& backend) { return &backend == one; };
      numbers.push_back(static_cast<std::size_t>(std::ranges::find_if(backends_, is_one) - backends_.begin()));
    }
    return numbers;
  }

  OutlierDetection options_;
  TimePoint now_{1h};
  OutlierDetector detector_;
  std::deque<Record> backends_;
  Numbers returned_;
};

/// Record 0 fails, and is ejected.
void eject_first(Cluster& cluster) {
  cluster.all_call({.good = 100});
  cluster.calls(0, {.bad = 10'000});
  ASSERT_THAT(cluster.sweep(), ElementsAre(0));
}

TEST(OutlierDetection, HasTheDefaultsOfTheProposal) {
  const OutlierDetection options;
  EXPECT_EQ(options.interval, 10s);
  EXPECT_EQ(options.base_ejection_time, 30s);
  EXPECT_EQ(options.max_ejection_time, 300s);
  EXPECT_EQ(options.max_ejection_percent, 10u);
  EXPECT_FALSE(options.success_rate_ejection || options.failure_percentage_ejection);
}

TEST(OutlierDetector, SweepsOnceAnInterval) {
  const TimePoint start{1h};
  OutlierDetector detector({.interval = 7s, .failure_percentage_ejection = {{}}});
  EXPECT_EQ(detector.next(), std::nullopt);
  Record backend;
  Record* const list[] = {&backend};
  detector.set_backends(list, start);
  EXPECT_EQ(detector.next(), start + 7s);
  detector.set_backends(list, start + 2s);
  EXPECT_EQ(detector.next(), start + 7s) << "a new list does not put it off";
  detector.sweep(start + 8s);
  EXPECT_EQ(detector.next(), start + 15s);
}

TEST(OutlierDetector, SweepsNeverWithoutAWayToEject) {
  Cluster cluster(6, {.max_ejection_percent = 100});
  EXPECT_EQ(cluster.detector().next(), std::nullopt);
  cluster.all_call({.bad = 1000});
  EXPECT_THAT(cluster.sweep(), IsEmpty());
}

TEST(OutlierDetector, AnIntervalTooLongForTheClockDoesNotEnd) {
  OutlierDetector detector({.interval = Duration::max(), .success_rate_ejection = {{}}});
  detector.set_backends({}, TimePoint(1h));
  EXPECT_EQ(detector.next(), TimePoint::max());
}

TEST(OutlierDetector, ABackendThatHangsIsEjected) {
  Cluster cluster(5, {.failure_percentage_ejection = {{}}});
  cluster.all_call({.good = 60});
  EXPECT_THAT(cluster.sweep(), IsEmpty());
  for (const std::size_t number : {0, 1, 3, 4}) cluster.calls(number, {.good = 60});
  cluster.calls(2, {.bad = 60});  // DEADLINE_EXCEEDED, all of them
  EXPECT_THAT(cluster.sweep(), ElementsAre(2));
  EXPECT_THAT(cluster.ejected(), ElementsAre(2));
}

struct FailureCase {
  Outcomes calls;
  bool ejected;
};

TEST(OutlierDetector, EjectsAboveTheThresholdOfFailures) {
  const FailureCase cases[] = {
      {{.good = 100, .bad = 0}, false}, {{.good = 15, .bad = 85}, false}, {{.good = 14, .bad = 86}, true},
      {{.good = 0, .bad = 50}, true},   {{.good = 0, .bad = 49}, false},  {{.good = 7, .bad = 43}, true},
      {{.good = 8, .bad = 42}, false},  {{.good = 0, .bad = 0}, false},
  };
  for (const auto& [calls, ejected] : cases) {
    Cluster cluster(6, by_failures({.minimum_hosts = 4}), [](std::size_t) { return 0; });
    cluster.all_call({.good = 50});
    cluster.sweep();
    for (const std::size_t number : {1, 2, 3, 4, 5}) cluster.calls(number, {.good = 50});
    cluster.calls(0, calls);
    EXPECT_EQ(cluster.sweep(), ejected ? Numbers{0} : Numbers{}) << calls.good << " good, " << calls.bad << " bad";
  }
}

TEST(OutlierDetector, NeedsEnoughBackendsWithEnoughCalls) {
  for (const std::size_t with_volume : {3, 4, 5, 6}) {
    Cluster failing(8, by_failures(), [](std::size_t) { return 0; });
    Cluster slow(8, by_success_rate({.stdev_factor = 500}), [](std::size_t) { return 0; });
    for (std::size_t number = 0; number < with_volume; ++number) {
      const auto calls = number == 0 ? Outcomes{.bad = 100} : Outcomes{.good = 100};
      failing.calls(number, calls);
      slow.calls(number, calls);
    }
    const auto expected = with_volume >= 5 ? Numbers{0} : Numbers{};
    EXPECT_EQ(failing.sweep(), expected) << with_volume;
    EXPECT_EQ(slow.sweep(), expected) << with_volume;
  }
}

TEST(OutlierDetector, NobodyIsFoundWithoutCallsWhateverTheMinimumIs) {
  auto options = by_failures({.threshold = 0, .minimum_hosts = 0, .request_volume = 0});
  options.success_rate_ejection = {.minimum_hosts = 0, .request_volume = 0};
  Cluster cluster(3, options, [](std::size_t) { return 0; });
  EXPECT_THAT(cluster.sweep(), IsEmpty());
}

struct RateCase {
  const char* what;
  unsigned stdev_factor;
  std::vector<int> good;  // of 100 calls
  Numbers ejected;
};

TEST(OutlierDetector, EjectsWhoseSuccessRateIsFarBelowTheMean) {
  const RateCase cases[] = {
      {"mean 80, deviation 40, threshold 4", 1900, {100, 100, 100, 100, 0}, {4}},
      {"the same at threshold 0, which nothing is below", 2000, {100, 100, 100, 100, 0}, {}},
      {"all alike", 1900, {95, 95, 95, 95, 95}, {}},
      {"all alike, and alike bad", 1900, {0, 0, 0, 0, 0}, {}},
      {"mean 96, deviation 2, threshold 92.2", 1900, {97, 97, 97, 97, 92}, {4}},
      {"mean 58, deviation 37.1, threshold -12.4", 1900, {100, 90, 80, 10, 10}, {}},
      {"the same with a threshold of 20.9", 1000, {100, 90, 80, 10, 10}, {3, 4}},
      {"the mean itself as the threshold", 0, {100, 100, 100, 90, 90}, {3, 4}},
  };
  for (const auto& [what, stdev_factor, good, ejected] : cases) {
    Cluster cluster(good.size(), by_success_rate({.stdev_factor = stdev_factor}), [](std::size_t) { return 0; });
    for (std::size_t number = 0; number < good.size(); ++number) {
      cluster.calls(number, {.good = good[number], .bad = 100 - good[number]});
    }
    EXPECT_EQ(cluster.sweep(), ejected) << what;
  }
}

TEST(OutlierDetector, LooksOnlyAtBackendsWithEnoughCalls) {
  Cluster cluster(7, by_success_rate({.stdev_factor = 1000}), [](std::size_t) { return 0; });
  for (const std::size_t number : {0, 1, 2, 3, 4}) cluster.calls(number, {.good = 100});
  cluster.calls(5, {.bad = 99});
  cluster.calls(6, {.bad = 100});
  EXPECT_THAT(cluster.sweep(), ElementsAre(6));
}

TEST(OutlierDetector, CallsCountInTheirOwnIntervalOnly) {
  Cluster cluster(5, by_failures(), [](std::size_t) { return 0; });
  cluster.all_call({.good = 50});
  cluster.calls(0, {.bad = 100});
  EXPECT_THAT(cluster.sweep(), IsEmpty()) << "100 of 150 are below the threshold";
  cluster.all_call({.good = 50});
  EXPECT_THAT(cluster.sweep(), IsEmpty());
  for (const std::size_t number : {1, 2, 3, 4}) cluster.calls(number, {.good = 50});
  cluster.calls(0, {.bad = 50});
  EXPECT_THAT(cluster.sweep(), ElementsAre(0));
}

struct LimitCase {
  unsigned max_ejection_percent;
  std::size_t ejected;
};

TEST(OutlierDetector, StopsAtTheLimitOfEjectedBackends) {
  const LimitCase cases[] = {{0, 0}, {1, 1}, {10, 1}, {11, 2}, {50, 5}, {51, 6}, {100, 10}};
  for (const auto& [percent, ejected] : cases) {
    auto options = by_failures();
    options.max_ejection_percent = percent;
    Cluster cluster(10, options, [](std::size_t) { return 0; });
    cluster.all_call({.bad = 100});
    EXPECT_EQ(cluster.sweep().size(), ejected) << percent;
    cluster.all_call({.bad = 100});
    EXPECT_EQ(cluster.sweep().size(), 0u) << percent << ": those who are ejected count in the next sweep too";
  }
}

TEST(OutlierDetector, OneMayBeEjectedThoughThatIsAboveTheLimit) {
  Cluster cluster(5, {.failure_percentage_ejection = {{}}}, [](std::size_t) { return 0; });
  cluster.all_call({.bad = 100});
  EXPECT_THAT(cluster.sweep(), ElementsAre(0)) << "20 percent, of 10 that are allowed";
}

struct EnforcementCase {
  unsigned percentage;
  std::size_t chance;
  bool ejected;
};

TEST(OutlierDetector, EjectsAsOftenAsItIsTold) {
  const EnforcementCase cases[] = {{100, 99, true}, {0, 0, false}, {30, 29, true}, {30, 30, false}};
  for (const auto& [percentage, chance, ejected] : cases) {
    for (const auto& options : {by_failures({.enforcement_percentage = percentage}),
                                by_success_rate({.stdev_factor = 1000, .enforcement_percentage = percentage})}) {
      std::size_t count = 0;
      Cluster cluster(5, options, [&](std::size_t asked) { return count = asked, chance; });
      for (const std::size_t number : {1, 2, 3, 4}) cluster.calls(number, {.good = 100});
      cluster.calls(0, {.bad = 100});
      EXPECT_EQ(cluster.sweep(), ejected ? Numbers{0} : Numbers{}) << percentage << ", " << chance;
      EXPECT_EQ(count, 100u);
    }
  }
}

TEST(OutlierDetector, ComesBackAfterTheEjectionTime) {
  Cluster cluster(5, by_failures());
  eject_first(cluster);
  for (int second = 10; second <= 30; second += 10) {
    cluster.sweep();
    EXPECT_THAT(cluster.returned(), IsEmpty()) << second << " s: the time must have passed";
  }
  EXPECT_THAT(cluster.sweep(), IsEmpty());
  EXPECT_THAT(cluster.returned(), ElementsAre(0));
  EXPECT_THAT(cluster.ejected(), IsEmpty());
  cluster.sweep();
  EXPECT_THAT(cluster.returned(), IsEmpty());
}

TEST(OutlierDetector, IsEjectedForLongerEachTime) {
  auto options = by_failures();
  options.interval = 1s;
  options.base_ejection_time = 10s;
  options.max_ejection_time = 35s;
  Cluster cluster(5, options);
  for (const int seconds : {10, 20, 30, 35, 35}) {
    eject_first(cluster);
    EXPECT_EQ(cluster.sweeps_until_return(), seconds + 1);
  }
}

TEST(OutlierDetector, EachIntervalWithoutEjectionForgivesOne) {
  auto options = by_failures();
  options.interval = 1s;
  options.base_ejection_time = 10s;
  Cluster cluster(5, options);
  for (const int seconds : {10, 20, 30}) {
    eject_first(cluster);
    EXPECT_EQ(cluster.sweeps_until_return(), seconds + 1);
  }
  cluster.sweep();
  cluster.sweep();
  eject_first(cluster);
  EXPECT_EQ(cluster.sweeps_until_return(), 20 + 1) << "three ejections, less two, and one more";
  for (int interval = 0; interval < 20; ++interval) cluster.sweep();
  eject_first(cluster);
  EXPECT_EQ(cluster.sweeps_until_return(), 10 + 1) << "no less than none is left";
}

TEST(OutlierDetector, TheBaseTimeHoldsWhenTheMaximumIsLess) {
  auto options = by_failures();
  options.base_ejection_time = 50s;
  options.max_ejection_time = 20s;
  Cluster cluster(5, options);
  for (int time = 0; time < 3; ++time) {
    eject_first(cluster);
    EXPECT_EQ(cluster.sweeps_until_return(), 6);
  }
}

TEST(OutlierDetector, TimesTooLongForTheClockNeverPass) {
  auto options = by_failures();
  options.base_ejection_time = Duration::max() / 2;
  options.max_ejection_time = Duration::max();
  Cluster cluster(5, options);
  eject_first(cluster);
  for (int again = 0; again < 3; ++again) {
    cluster.all_call({.good = 100});
    cluster.calls(0, {.bad = 10'000});
    cluster.sweep();
  }
  EXPECT_THAT(cluster.ejected(), ElementsAre(0));
}

TEST(OutlierDetector, WhoFailsOnWhileEjectedIsEjectedAnew) {
  Cluster cluster(5, by_failures());
  eject_first(cluster);
  cluster.all_call({.good = 100});
  cluster.calls(0, {.bad = 10'000});
  EXPECT_THAT(cluster.sweep(), IsEmpty()) << "nothing has changed for who looks at it";
  EXPECT_EQ(cluster.sweeps_until_return(), 7) << "60 s from now on";
}

TEST(OutlierDetector, BothWaysWorkTogether) {
  auto options = by_failures();
  options.success_rate_ejection = {.stdev_factor = 900};
  Cluster cluster(6, options);
  for (const std::size_t number : {2, 3, 4, 5}) cluster.calls(number, {.good = 1000});
  cluster.calls(0, {.bad = 100});
  cluster.calls(1, {.good = 20, .bad = 80});
  EXPECT_THAT(cluster.sweep(), ElementsAre(0, 1)) << "the first by both, the second by comparison only";
  EXPECT_EQ(cluster.sweeps_until_return(), 7) << "twice the time for who was found twice";
}

TEST(OutlierDetector, WhoComesIntoTheListBeginsAnew) {
  Cluster cluster(6, by_failures());
  eject_first(cluster);
  cluster.give_all();
  EXPECT_THAT(cluster.ejected(), ElementsAre(0)) << "who stays is remembered";
  cluster.give({1, 2, 3, 4, 5});
  cluster.give_all();
  EXPECT_THAT(cluster.ejected(), IsEmpty());
  eject_first(cluster);
  EXPECT_EQ(cluster.sweeps_until_return(), 4) << "the earlier ejection is forgotten";
}

TEST(OutlierDetector, CallsFromBeforeTheListDoNotCount) {
  Cluster cluster(6, by_failures());
  cluster.give({1, 2, 3, 4, 5});
  cluster.calls(0, {.bad = 100});
  cluster.give_all();
  for (const std::size_t number : {1, 2, 3, 4, 5}) cluster.calls(number, {.good = 100});
  EXPECT_THAT(cluster.sweep(), IsEmpty());
  Record early;
  for (int call = 0; call < 100; ++call) early.on_call_end(false);
  OutlierDetector detector(by_failures({.minimum_hosts = 1}));
  Record* const list[] = {&early};
  detector.set_backends(list, TimePoint(1h));
  EXPECT_THAT(detector.sweep(TimePoint(2h)).ejected, IsEmpty());
}

TEST(OutlierDetector, WhoHasLeftTheListIsNotTouched) {
  OutlierDetector detector(by_failures({.minimum_hosts = 1}));
  Record stays;
  {
    Record leaves;
    Record* const both[] = {&leaves, &stays};
    detector.set_backends(both, TimePoint(1h));
    Record* const one[] = {&stays};
    detector.set_backends(one, TimePoint(1h));
  }
  for (int call = 0; call < 100; ++call) stays.on_call_end(false);
  EXPECT_THAT(detector.sweep(TimePoint(2h)).ejected, ElementsAre(&stays));
}

/// What a script of random calls must never show.
TEST(OutlierDetector, ALongScriptKeepsTheRules) {
  std::mt19937 random(7);
  auto options = by_failures({.enforcement_percentage = 80});
  options.success_rate_ejection.emplace();
  options.max_ejection_percent = 30;
  Cluster cluster(10, options, [&](std::size_t count) { return random() % count; });
  std::size_t ejections = 0;
  for (int interval = 0; interval < 2000; ++interval) {
    for (std::size_t number = 0; number < 10; ++number) {
      const bool ill = random() % 8 == 0;
      const int calls = static_cast<int>(random() % 300);
      cluster.calls(number, {.good = ill ? 0 : calls, .bad = ill ? calls : 0});
    }
    const auto before = cluster.ejected();
    const auto ejected = cluster.sweep();
    Numbers expected = before;
    for (const auto number : ejected) {
      ASSERT_EQ(std::ranges::count(before, number), 0) << "ejected twice";
      expected.push_back(number);
    }
    std::erase_if(expected, [&](auto number) { return std::ranges::count(cluster.returned(), number) != 0; });
    std::ranges::sort(expected);
    ASSERT_EQ(cluster.ejected(), expected) << "the sweep says what has changed";
    ASSERT_LE(before.size() + ejected.size(), 3u);
    ejections += ejected.size();
  }
  EXPECT_GT(ejections, 50u) << "the script must get somewhere";
}

}  // namespace
}  // namespace plinth::client

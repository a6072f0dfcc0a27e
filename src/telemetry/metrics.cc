#include "plinth/metrics.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <map>
#include <mutex>

#include "base/assert.h"
#include "telemetry/metrics_instruments.h"
#include "telemetry/metrics_text.h"

namespace plinth {

namespace telemetry {
namespace {

struct Family {
  std::string_view type;
  std::string help;
  std::vector<double> bounds;
  std::map<Labels, std::unique_ptr<Instrument>> series;
};

bool are_label_names(const Labels& labels) {
  return std::ranges::all_of(labels, [](const auto& label) { return is_label_name(label.first); });
}

/// Sorted by name: the order in which a program gives them means nothing.
Labels checked(Labels labels) {
  PLINTH_ASSERT(are_label_names(labels),
                "the name of a label is [a-zA-Z_][a-zA-Z0-9_]*, not \"le\", and without \"__\" in front");
  std::ranges::sort(labels);
  PLINTH_ASSERT(std::ranges::adjacent_find(labels, {}, &Labels::value_type::first) == labels.end(),
                "give each label once");
  return labels;
}

bool are_bounds(std::span<const double> bounds) {
  return std::ranges::is_sorted(bounds, std::ranges::less_equal()) &&
         std::ranges::all_of(bounds, [](double bound) { return std::isfinite(bound); });
}

void write(MetricsText& text, const std::string& name, const Family& family) {
  text.begin_family(name, family.help, family.type);
  for (const auto& [labels, instrument] : family.series) {
    text.begin_series(labels);
    instrument->write(text);
  }
}

/// Functions that are called before a reading, as long as somebody holds on to them.
class Updates {
 public:
  static std::shared_ptr<void> add(const std::shared_ptr<Updates>& updates, std::function<void()> update) {
    std::lock_guard lock(updates->mutex_);
    const auto place = updates->functions_.insert(updates->functions_.end(), std::move(update));
    return {&*place, [updates, place](void*) { updates->remove(place); }};
  }

  void run() {
    std::lock_guard lock(mutex_);
    for (const auto& update : functions_) update();
  }

 private:
  using Functions = std::list<std::function<void()>>;

  void remove(Functions::iterator place) {
    std::lock_guard lock(mutex_);
    functions_.erase(place);
  }

  std::mutex mutex_;
  Functions functions_;
};

class Registry final : public Metrics {
 public:
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels) override {
    return find<CellCounter>(name, help, labels, [](Family&) { return std::make_unique<CellCounter>(); });
  }
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels) override {
    return find<CellGauge>(name, help, labels, [](Family&) { return std::make_unique<CellGauge>(); });
  }
  Histogram& histogram(const std::string& name, const std::string& help, std::span<const double> bounds,
                       const Labels& labels) override {
    PLINTH_ASSERT(!bounds.empty() && are_bounds(bounds), "give a histogram bounds that are finite and rise");
    return find<CellHistogram>(name, help, labels, [bounds](Family& family) {
      if (family.bounds.empty()) family.bounds.assign(bounds.begin(), bounds.end());
      return std::make_unique<CellHistogram>(family.bounds);
    });
  }

  std::shared_ptr<void> before_reading(std::function<void()> update) override {
    return Updates::add(updates_, std::move(update));
  }

  std::string text() const override {
    updates_->run();
    std::lock_guard lock(mutex_);
    MetricsText text;
    for (const auto& [name, family] : families_) write(text, name, family);
    return text.take();
  }

 private:
  template <class T, class Make>
  T& find(const std::string& name, const std::string& help, const Labels& labels, Make make) {
    PLINTH_ASSERT(is_metric_name(name), "the name of a metric is [a-zA-Z_:][a-zA-Z0-9_:]*");
    std::lock_guard lock(mutex_);
    auto& family = families_.try_emplace(name, Family{T::kType, help, {}, {}}).first->second;
    PLINTH_ASSERT(family.type == T::kType, "this name has another kind of instrument already: take another name");
    auto& place = family.series[checked(labels)];
    if (!place) place = make(family);
    return static_cast<T&>(*place);
  }

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
  std::shared_ptr<Updates> updates_ = std::make_shared<Updates>();
};

}  // namespace
}  // namespace telemetry

std::shared_ptr<Metrics> make_metrics() { return std::make_shared<telemetry::Registry>(); }

}  // namespace plinth

#pragma once

#include <list>
#include <map>
#include <string>
#include <utility>

#include "plinth/metrics.h"

namespace plinth::test {

/// Keeps what counters and gauges come to.
class FakeMetrics final : public Metrics {
 public:
  /// -1 when there is none.
  double at(const std::string& name, const Labels& labels) const {
    const auto found = values_.find({name, labels});
    return found == values_.end() ? -1 : found->second.value;
  }
  std::size_t size() const noexcept { return values_.size(); }

  Counter& counter(const std::string& name, const std::string&, const Labels& labels) override {
    return values_[{name, labels}];
  }
  Gauge& gauge(const std::string& name, const std::string&, const Labels& labels) override {
    return values_[{name, labels}];
  }
  Histogram& histogram(const std::string&, const std::string&, std::span<const double>, const Labels&) override {
    return nothing_;
  }
  std::shared_ptr<void> before_reading(std::function<void()>) override { return nullptr; }
  std::string text() const override { return {}; }

 private:
  struct Value final : Counter, Gauge {
    void add(double amount) noexcept override { value += amount; }
    void set(double now) noexcept override { value = now; }
    double value = 0;
  };
  struct Nothing final : Histogram {
    void observe(double) noexcept override {}
  };

  std::map<std::pair<std::string, Labels>, Value> values_;
  Nothing nothing_;
};

}  // namespace plinth::test

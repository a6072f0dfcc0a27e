#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "plinth/metrics.h"

namespace plinth::test {

/// The samples of a text for Prometheus, by name and labels as they are written there.
class MetricsSamples {
 public:
  explicit MetricsSamples(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto space = line.rfind(' ');
      if (line.starts_with('#')) continue;
      values_[line.substr(0, space)] = std::stod(line.substr(space + 1));
      if (line.find("_bucket{") != std::string::npos) buckets_.push_back(line);
    }
  }

  /// -1 for a sample that is not there.
  double at(const std::string& series) const {
    const auto found = values_.find(series);
    return found == values_.end() ? -1 : found->second;
  }

  /// How many have this name, whatever their labels.
  std::size_t count(const std::string& name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(values_, [&](const auto& value) { return value.first.starts_with(name + "{"); }));
  }

  std::size_t size() const { return values_.size(); }

  /// The buckets of a histogram, one behind another for each of its series.
  std::string bounds_of(const std::string& name) const {
    std::string bounds;
    for (const auto& line : buckets_) {
      const auto le = line.find("le=\"");
      if (line.starts_with(name + "_bucket{")) bounds += line.substr(le + 4, line.find('"', le + 4) - le - 4) + " ";
    }
    return bounds;
  }

 private:
  std::map<std::string, double> values_;
  /// In their order, as the text has them.
  std::vector<std::string> buckets_;
};

/// Those of gRFC A66.
constexpr auto kLatencyBounds =
    "0 1e-05 5e-05 0.0001 0.0003 0.0006 0.0008 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.01 0.013 0.016 0.02 "
    "0.025 0.03 0.04 0.05 0.065 0.08 0.1 0.13 0.16 0.2 0.25 0.3 0.4 0.5 0.65 0.8 1 2 5 10 20 50 100 +Inf ";
constexpr auto kSizeBounds =
    "0 1024 2048 4096 16384 65536 262144 1048576 4194304 16777216 67108864 268435456 1073741824 4294967296 +Inf ";
constexpr auto kRequestBounds = "0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf ";

}  // namespace plinth::test

#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include "plinth/metrics.h"

namespace plinth::test {

/// The samples of a text for Prometheus, by name and labels as they are written there.
class MetricsSamples {
 public:
  explicit MetricsSamples(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto space = line.rfind(' ');
      if (!line.starts_with('#')) values_[line.substr(0, space)] = std::stod(line.substr(space + 1));
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

 private:
  std::map<std::string, double> values_;
};

}  // namespace plinth::test

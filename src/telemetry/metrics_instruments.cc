#include "telemetry/metrics_instruments.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plinth::telemetry {

void CellHistogram::observe(double value) noexcept {
  if (std::isnan(value)) return;
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  cells_.add(0, value);
  cells_.add(1 + static_cast<std::size_t>(bucket), 1);
}

void CellHistogram::write(MetricsText& text) const {
  double count = 0;
  for (std::size_t bucket = 0; bucket <= bounds_.size(); ++bucket) {
    count += cells_.sum(1 + bucket);
    text.add_bucket(bucket < bounds_.size() ? bounds_[bucket] : std::numeric_limits<double>::infinity(), count);
  }
  text.add("_sum", cells_.sum(0));
  text.add("_count", count);
}

}  // namespace plinth::telemetry

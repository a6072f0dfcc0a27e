#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "plinth/metrics.h"

namespace plinth::telemetry {

/// Writes Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): a family, then each of
/// its series with its samples.
class MetricsText {
 public:
  /// `name` must live until the next one.
  void begin_family(std::string_view name, std::string_view help, std::string_view type);
  void begin_series(const Labels& labels);
  void add(double value) { add("", "", value); }
  void add(std::string_view suffix, double value) { add(suffix, "", value); }
  /// Up to `bound`, how many.
  void add_bucket(double bound, double count);

  std::string take() { return std::move(text_); }

 private:
  void add(std::string_view suffix, std::string_view label, double value);

  std::string_view name_;
  std::string labels_;
  std::string text_;
};

bool is_metric_name(std::string_view name) noexcept;
/// "le" is kept for the buckets of histograms.
bool is_label_name(std::string_view name) noexcept;

}  // namespace plinth::telemetry

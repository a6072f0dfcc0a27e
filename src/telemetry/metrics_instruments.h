#pragma once

#include <atomic>
#include <span>
#include <string_view>

#include "plinth/metrics.h"
#include "telemetry/metrics_cells.h"
#include "telemetry/metrics_text.h"

namespace plinth::telemetry {

/// One series, as it is read.
class Instrument {
 public:
  virtual ~Instrument() = default;
  virtual void write(MetricsText& text) const = 0;
};

class CellCounter final : public Counter, public Instrument {
 public:
  static constexpr std::string_view kType = "counter";

  void add(double amount) noexcept override {
    if (amount >= 0) value_.add(0, amount);
  }
  void write(MetricsText& text) const override { text.add(value_.sum(0)); }

 private:
  Cells value_{1};
};

class CellGauge final : public Gauge, public Instrument {
 public:
  static constexpr std::string_view kType = "gauge";

  void add(double amount) noexcept override { added_.add(0, amount); }
  void set(double value) noexcept override { base_.store(value - added_.sum(0), std::memory_order_relaxed); }
  void write(MetricsText& text) const override { text.add(base_.load(std::memory_order_relaxed) + added_.sum(0)); }

 private:
  std::atomic<double> base_ = 0;
  Cells added_{1};
};

class CellHistogram final : public Histogram, public Instrument {
 public:
  static constexpr std::string_view kType = "histogram";

  /// `bounds` must outlive it.
  explicit CellHistogram(std::span<const double> bounds) : bounds_(bounds), cells_(bounds.size() + 2) {}

  void observe(double value) noexcept override;
  void write(MetricsText& text) const override;

 private:
  std::span<const double> bounds_;
  /// The sum of all values, then how many came to each bucket, the one without an end last.
  Cells cells_;
};

}  // namespace plinth::telemetry

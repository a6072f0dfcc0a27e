#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "client/random_index.h"
#include "plinth/deadline.h"

namespace plinth::client {

/// When a backend is left out because its calls fail, and for how long: A50's OutlierDetectionLoadBalancingConfig.
/// Percentages are at most 100.
struct OutlierDetection {
  /// By comparison: a backend whose share of successes is below the mean of all, by more than the standard deviation
  /// times `stdev_factor` / 1000.
  struct SuccessRateEjection {
    unsigned stdev_factor = 1900;
    /// How many of a hundred backends found are ejected.
    unsigned enforcement_percentage = 100;
    /// With fewer backends that have the volume, nobody is ejected.
    std::size_t minimum_hosts = 5;
    /// Calls in one interval below which a backend is not looked at.
    std::uint64_t request_volume = 100;
  };

  /// By itself: a backend with more than `threshold` failures in a hundred calls.
  struct FailurePercentageEjection {
    unsigned threshold = 85;
    unsigned enforcement_percentage = 100;
    std::size_t minimum_hosts = 5;
    std::uint64_t request_volume = 50;
  };

  Duration interval = std::chrono::seconds(10);
  /// An ejection lasts this long, times how often the backend has been ejected, less one for each interval in which it
  /// was not; at most `max_ejection_time`, or this when that is less.
  Duration base_ejection_time = std::chrono::seconds(30);
  Duration max_ejection_time = std::chrono::seconds(300);
  /// Nobody else is ejected while this share of the backends is. The last one may go above it: of five backends one is
  /// ejected with 10.
  unsigned max_ejection_percent = 10;
  std::optional<SuccessRateEjection> success_rate_ejection = std::nullopt;
  std::optional<FailurePercentageEjection> failure_percentage_ejection = std::nullopt;
};

/// Finds the backends that fail more than they should, from how their calls end (gRFC A50): once an interval it says
/// who is to be ejected, and who comes back. It has no timer and touches nobody: its owner calls `sweep` when `next`
/// says so, and keeps calls away from who is ejected.
///
/// As A50 has it, an ejected backend whose last calls go on failing is ejected anew, for longer, and one that is found
/// in both ways at once counts as ejected twice.
class OutlierDetector {
 public:
  /// What is known of one backend. Belongs to the owner's object for it; must live while it is in the list.
  class Backend {
   public:
    /// `ok`: its status was OK. A50 does not say which statuses are failures; gRPC for C++ and for Node count all but
    /// OK, so DEADLINE_EXCEEDED too: this is how a backend that hangs is found.
    void on_call_end(bool ok) noexcept { ++(ok ? current_.successes : current_.failures); }

    bool ejected() const noexcept { return ejected_at_.has_value(); }

   private:
    friend class OutlierDetector;
    struct Calls {
      std::uint64_t successes = 0;
      std::uint64_t failures = 0;

      std::uint64_t total() const noexcept { return successes + failures; }
      double success_rate() const noexcept { return static_cast<double>(successes) / static_cast<double>(total()); }
    };

    Calls current_;
    Calls last_;  // of the last whole interval
    unsigned multiplier_ = 0;
    std::optional<TimePoint> ejected_at_;
    std::uint64_t list_ = 0;  // the latest list that it was in; 0: none
  };

  /// What has changed.
  struct Sweep {
    std::vector<Backend*> ejected;
    std::vector<Backend*> returned;
  };

  explicit OutlierDetector(const OutlierDetection& options, RandomIndex random = random_index);

  /// These are the backends now, each once. Who was not in the last list begins anew, not ejected. The first list
  /// starts the first interval.
  void set_backends(std::span<Backend* const> backends, TimePoint now);

  /// When to `sweep` next. Nothing before the first list, and when neither way of ejection is set.
  std::optional<TimePoint> next() const noexcept;

  /// Ends the interval and starts the next.
  Sweep sweep(TimePoint now);

 private:
  std::vector<Backend*> with_volume(std::uint64_t calls) const;
  static double success_threshold(std::span<Backend* const> backends, unsigned stdev_factor) noexcept;
  void find_by_success_rate(const OutlierDetection::SuccessRateEjection& options, Sweep& sweep);
  void find_by_failures(const OutlierDetection::FailurePercentageEjection& options, Sweep& sweep);
  bool enough_ejected() const noexcept;
  void eject(Backend& backend, Sweep& sweep) const;
  void settle(Backend& backend, Sweep& sweep) const;
  Duration ejection_time(const Backend& backend) const noexcept;

  OutlierDetection options_;
  RandomIndex random_;
  std::vector<Backend*> backends_;
  std::uint64_t list_ = 1;
  std::optional<TimePoint> interval_start_;
};

}  // namespace plinth::client

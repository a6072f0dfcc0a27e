#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "plinth/deadline.h"

namespace plinth {

/// The longest that a loop was held up in the last moments: in this period and the one before it. `note` is for the
/// loop's own thread, `at` for any.
class LongestDelay {
 public:
  static constexpr auto kPeriod = std::chrono::seconds(15);

  void note(TimePoint ended, Duration length) noexcept {
    if (ended - period_began() >= kPeriod) turn_over(ended);
    if (length.count() > read(current_)) current_.store(length.count(), std::memory_order_relaxed);
  }

  Duration at(TimePoint now) const noexcept {
    const auto age = now - period_began();
    if (age >= 2 * kPeriod) return Duration::zero();
    return Duration(age >= kPeriod ? read(current_) : std::max(read(current_), read(previous_)));
  }

 private:
  static std::int64_t read(const std::atomic<std::int64_t>& value) noexcept {
    return value.load(std::memory_order_relaxed);
  }
  TimePoint period_began() const noexcept { return TimePoint(Duration(read(period_began_))); }

  void turn_over(TimePoint now) noexcept {
    const bool recent = now - period_began() < 2 * kPeriod;
    previous_.store(recent ? read(current_) : 0, std::memory_order_relaxed);
    current_.store(0, std::memory_order_relaxed);
    period_began_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }

  std::atomic<std::int64_t> period_began_ = 0;
  std::atomic<std::int64_t> current_ = 0;
  std::atomic<std::int64_t> previous_ = 0;
};

}  // namespace plinth

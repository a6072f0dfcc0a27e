#pragma once

#include <chrono>
#include <compare>

namespace plinth {

/// Time for timeouts: steady, never the calendar.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = std::chrono::nanoseconds;

/// The point in time at which a call must have ended. A timeout is a length and becomes a Deadline once, where it
/// starts.
class Deadline {
 public:
  /// No limit.
  constexpr Deadline() noexcept = default;
  constexpr explicit Deadline(TimePoint at) noexcept : at_(at) {}

  /// `timeout` after `now`; a timeout too long for the clock is no limit.
  static constexpr Deadline after(TimePoint now, Duration timeout) noexcept {
    return timeout >= TimePoint::max() - now ? Deadline() : Deadline(now + timeout);
  }

  constexpr bool is_set() const noexcept { return at_ != TimePoint::max(); }
  constexpr TimePoint at() const noexcept { return at_; }
  constexpr bool expired(TimePoint now) const noexcept { return now >= at_; }

  /// What is left; zero when it has passed, Duration::max() when there is no limit.
  constexpr Duration remaining(TimePoint now) const noexcept {
    if (!is_set()) return Duration::max();
    return expired(now) ? Duration::zero() : at_ - now;
  }

  friend constexpr auto operator<=>(const Deadline&, const Deadline&) noexcept = default;

 private:
  TimePoint at_ = TimePoint::max();
};

}  // namespace plinth

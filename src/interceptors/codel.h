#pragma once

#include <algorithm>

#include "plinth/deadline.h"

namespace plinth::interceptors {

/// Tells a queue that stands from one that comes and goes (controlled delay, RFC 8289, in the form that Facebook gave
/// it for servers): when everything that was taken from it in an interval had waited for longer than the target, what
/// has waited for twice the target is refused, until an interval goes by in which there was nothing to refuse.
class Codel {
 public:
  Codel(Duration target, Duration interval) noexcept : target_(target), interval_(interval) {}

  /// Whether to refuse what has waited for so long.
  bool refuses(Duration wait, TimePoint now) noexcept {
    if (now >= interval_end_) return begin_interval(wait, now), false;
    shortest_ = std::min(shortest_, wait);
    const bool refused = overloaded_ && wait > 2 * target_;
    refused_ |= refused;
    return refused;
  }

 private:
  void begin_interval(Duration wait, TimePoint now) noexcept {
    const bool idle = now >= interval_end_ + interval_;
    overloaded_ = !idle && (shortest_ > target_ || refused_);
    refused_ = false;
    shortest_ = wait;
    interval_end_ = now + interval_;
  }

  Duration target_;
  Duration interval_;
  TimePoint interval_end_;
  Duration shortest_ = Duration::zero();
  bool overloaded_ = false;
  bool refused_ = false;
};

}  // namespace plinth::interceptors

#pragma once

#include <atomic>

#include "plinth/deadline.h"

namespace plinth::test {

/// A clock that stands until it is moved. There is one, because a Worker takes a plain function.
class ManualClock {
 public:
  static TimePoint now() noexcept { return now_.load(); }
  static void advance(Duration by) noexcept { now_.store(now() + by); }

 private:
  static inline std::atomic<TimePoint> now_{TimePoint(std::chrono::hours(1))};
};

}  // namespace plinth::test

#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "plinth/deadline.h"
#include "plinth/limits.h"

namespace plinth::interceptors {

/// How a token bucket fills, in nanoseconds. An assertion when the rate is none.
struct BucketShape {
  explicit BucketShape(const Rate& rate);
  /// For one token.
  std::int64_t interval;
  /// From empty to full.
  std::int64_t depth;
};

/// A token bucket that is one number: the time at which it will be full (the generic cell rate algorithm). Begins full.
/// May be used by all workers at the same time.
class TokenBucket {
 public:
  /// Takes a token and gives zero; or takes none, and gives the time until there is one.
  Duration take(const BucketShape& shape, TimePoint now) noexcept;

  /// Puts back what was taken.
  void give_back(const BucketShape& shape) noexcept { full_at_.fetch_sub(shape.interval, std::memory_order_relaxed); }

  /// One that is full is as good as a new one.
  bool full(TimePoint now) const noexcept {
    return full_at_.load(std::memory_order_relaxed) <= now.time_since_epoch().count();
  }

 private:
  std::atomic<std::int64_t> full_at_ = std::numeric_limits<std::int64_t>::min() / 2;
};

}  // namespace plinth::interceptors

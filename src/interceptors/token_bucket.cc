#include "interceptors/token_bucket.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace plinth::interceptors {

namespace {

constexpr double kSecond = 1e9;
constexpr double kLongestFill = 24 * 3600 * kSecond;

}  // namespace

BucketShape::BucketShape(const Rate& rate) {
  const double burst = rate.burst.value_or(std::max(rate.per_second, 1.0));
  PLINTH_ASSERT(rate.per_second > 0 && rate.per_second <= kSecond,
                "a rate has more than 0 and at most 1e9 calls per second");
  PLINTH_ASSERT(burst >= 1, "a rate has a burst of at least one call");
  const double token = kSecond / rate.per_second;
  PLINTH_ASSERT(burst * token <= kLongestFill,
                "a rate makes up for its whole burst within a day: take a smaller burst");
  interval = std::llround(token);
  depth = std::llround(burst * static_cast<double>(interval));
}

Duration TokenBucket::take(const BucketShape& shape, TimePoint now) noexcept {
  const std::int64_t time = now.time_since_epoch().count();
  auto full_at = full_at_.load(std::memory_order_relaxed);
  while (true) {
    const auto then = std::max(full_at, time) + shape.interval;
    if (then - time > shape.depth) return Duration(then - time - shape.depth);
    if (full_at_.compare_exchange_weak(full_at, then, std::memory_order_relaxed)) return Duration::zero();
  }
}

}  // namespace plinth::interceptors

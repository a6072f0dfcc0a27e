#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "plinth/deadline.h"

namespace plinth::admin {

/// How long calls took, by the microsecond: eight buckets for each doubling, so that a quantile is right to an eighth.
/// What takes more than two minutes is in the last bucket.
class LatencyHistogram {
 public:
  void add(Duration latency) noexcept {
    ++buckets_[bucket_of(latency)];
    ++count_;
    longest_ = std::max(longest_, latency);
  }

  LatencyHistogram& operator+=(const LatencyHistogram& other) noexcept {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    longest_ = std::max(longest_, other.longest_);
    return *this;
  }

  std::uint64_t count() const noexcept { return count_; }
  Duration longest() const noexcept { return longest_; }

  /// What the part `quantile` (0..1) of the calls did not exceed; zero without calls.
  Duration quantile(double quantile) const noexcept {
    const auto wanted =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen >= wanted) return i + 1 == kBuckets ? longest_ : std::min(longest_, end_of(i));
    }
    return Duration::zero();
  }

 private:
  static constexpr int kBits = 3;
  static constexpr std::size_t kParts = 1 << kBits;
  static constexpr std::size_t kBuckets = 25 * kParts;

  /// Below 8 us a bucket is 1 us wide, from there on an eighth of the power of two below it.
  static std::size_t bucket_of(Duration latency) noexcept {
    const auto count = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
    if (micros < kParts) return micros;
    const auto shift = std::bit_width(micros) - 1 - kBits;
    const auto bucket = (static_cast<std::size_t>(shift) << kBits) + (micros >> shift);
    return std::min(bucket, kBuckets - 1);
  }

  static Duration end_of(std::size_t bucket) noexcept {
    if (bucket < kParts) return std::chrono::microseconds(bucket + 1);
    const auto shift = (bucket >> kBits) - 1;
    return std::chrono::microseconds((kParts + bucket % kParts + 1) << shift);
  }

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  Duration longest_ = Duration::zero();
};

}  // namespace plinth::admin

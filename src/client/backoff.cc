#include "client/backoff.h"

#include <algorithm>
#include <random>

namespace plinth::client {

double random_fraction() {
  thread_local std::minstd_rand engine(std::random_device{}());
  return std::uniform_real_distribution<double>()(engine);
}

Duration Backoff::next() {
  const auto wait = current_ * (1 + options_.jitter * (2 * random_() - 1));
  current_ = std::min<Nanoseconds>(current_ * options_.multiplier, options_.max);
  if (wait >= Nanoseconds(Duration::max())) return Duration::max();
  return std::chrono::duration_cast<Duration>(wait);
}

void Backoff::reset() noexcept { current_ = std::min(options_.initial, options_.max); }

}  // namespace plinth::client

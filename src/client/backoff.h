#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "plinth/deadline.h"

namespace plinth::client {

struct BackoffOptions {
  Duration initial;
  double multiplier;
  /// The part of each wait that is left to chance: with 0.2 it is multiplied by 0.8 to 1.2.
  double jitter;
  /// Before the jitter.
  Duration max;
};

/// Between attempts to connect to one address (gRPC's connection-backoff.md).
inline constexpr BackoffOptions kConnectionBackoff{
    .initial = std::chrono::seconds(1), .multiplier = 1.6, .jitter = 0.2, .max = std::chrono::seconds(120)};

/// From 0 to 1, from an engine of this thread.
double random_fraction();

/// How long to wait before each next try: initial x multiplier^n, at most max, each with its own jitter.
class Backoff {
 public:
  /// Gives numbers from 0 to 1.
  using Random = std::move_only_function<double()>;

  explicit Backoff(const BackoffOptions& options, Random random = random_fraction)
      : options_(options), random_(std::move(random)) {
    reset();
  }

  /// What the clock cannot hold is Duration::max().
  Duration next();

  /// The next wait is the first one again.
  void reset() noexcept;

 private:
  using Nanoseconds = std::chrono::duration<double, std::nano>;

  BackoffOptions options_;
  Random random_;
  Nanoseconds current_;
};

}  // namespace plinth::client

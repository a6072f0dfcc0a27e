#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "client/backoff.h"
#include "client/status_code_set.h"
#include "plinth/client_settings.h"
#include "plinth/deadline.h"
#include "plinth/status.h"

/// When a call is tried again: gRFC A6, without the trying.
namespace plinth::client {

/// The jitter of the wait before a retry, on both sides.
inline constexpr double kRetryJitter = 0.2;

/// A service config that asks for more attempts gets this many.
inline constexpr std::uint32_t kMaxConfiguredAttempts = 5;

/// More retries are not to be had from settings.
inline constexpr std::size_t kMaxRetries = 10;

struct RetryPolicy {
  /// The first one counts; with 1 there are no retries.
  std::uint32_t max_attempts;
  BackoffOptions backoff;
  StatusCodeSet retryable_codes;
};

/// What a channel does without a service config: UNAVAILABLE, RESOURCE_EXHAUSTED and ABORTED are tried again, at most
/// kMaxRetries times.
RetryPolicy retry_policy_of(const ClientSettings& settings) noexcept;

/// Several attempts at the same time; the first that succeeds counts.
struct HedgingPolicy {
  /// The first one counts.
  std::uint32_t max_attempts;
  /// From one attempt to the next. Zero: all at once.
  Duration hedging_delay;
  /// After these the other attempts go on, and the next one starts at once; any other code ends the call.
  StatusCodeSet non_fatal_codes;
};

/// What grpc-retry-pushback-ms in a response says about the next attempt.
struct Pushback {
  enum class Kind : std::uint8_t { kNone, kStop, kDelay };

  Kind kind = Kind::kNone;
  /// With kDelay: exactly how long to wait.
  Duration delay{};
};

/// kNone without a value. A negative value, and what is not a whole number of 32 bits without needless zeros, is kStop.
Pushback parse_pushback(std::optional<std::string_view> value) noexcept;

/// Without a service config: as many tokens as gRFC A6 allows, as one lost connection fails all of its calls at once.
struct RetryThrottling {
  std::uint32_t max_tokens = 1000;
  /// Thousandths of a token that a success gives back.
  std::uint32_t token_ratio_thousandths = 100;
};

/// The token bucket of one channel: a failure takes a token, a success gives a part of one back, and while no more
/// than half are left nothing is retried and no hedge is sent. May be used by all workers at the same time.
class RetryThrottle {
 public:
  explicit RetryThrottle(const RetryThrottling& throttling) noexcept
      : max_(std::int64_t{throttling.max_tokens} * kToken),
        per_success_(throttling.token_ratio_thousandths),
        tokens_(max_) {}

  /// While the bucket is full, which is the usual, it is only looked at.
  void on_success() noexcept;

  /// Says whether a retry is still allowed. Only for attempts that ended with a code that allows another one, or that
  /// the server has pushed back to stop: the caller's own mistakes say nothing about the server.
  bool on_failure() noexcept;

  bool allows() const noexcept { return is_enough(tokens_.load(std::memory_order_relaxed)); }

 private:
  static constexpr std::int64_t kToken = 1000;  // the bucket holds thousandths

  bool is_enough(std::int64_t tokens) const noexcept { return tokens * 2 > max_; }
  bool replace(std::int64_t& expected, std::int64_t tokens) noexcept;

  const std::int64_t max_;
  const std::int64_t per_success_;
  std::atomic<std::int64_t> tokens_;
};

/// The attempts of one call under a retry policy. Transparent retries are none of its business: they count as nothing.
class RetryState {
 public:
  /// `throttle` is null where nothing throttles; else it must outlive this.
  RetryState(const RetryPolicy& policy, RetryThrottle* throttle, Backoff::Random random = random_fraction)
      : max_attempts_(policy.max_attempts),
        retryable_codes_(policy.retryable_codes),
        throttle_(throttle),
        backoff_(policy.backoff, std::move(random)) {}

  /// How long to wait before the next attempt; nothing when the status of this one is that of the call.
  /// `committed`: the caller has seen something of this response, or the requests are no longer kept.
  ///
  /// A pushback gives the wait, but no retry that its status would not have; after it the backoff begins anew.
  std::optional<Duration> on_attempt_end(StatusCode code, Pushback pushback, bool committed);

  std::uint32_t max_attempts() const noexcept { return max_attempts_; }

  /// What the attempt that runs now says in grpc-previous-rpc-attempts; with 0 it says nothing.
  std::uint32_t previous_attempts() const noexcept { return previous_attempts_; }

 private:
  std::uint32_t max_attempts_;
  StatusCodeSet retryable_codes_;
  RetryThrottle* throttle_;
  Backoff backoff_;
  std::uint32_t previous_attempts_ = 0;
};

}  // namespace plinth::client

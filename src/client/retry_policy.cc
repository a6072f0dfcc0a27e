#include "client/retry_policy.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace plinth::client {

namespace {

using enum StatusCode;

constexpr StatusCodeSet kRetriedByDefault = {kUnavailable, kResourceExhausted, kAborted};

}  // namespace

RetryPolicy retry_policy_of(const ClientSettings& settings) noexcept {
  const auto retries = settings.enable_retry ? std::min(settings.max_retries, kMaxRetries) : 0;
  return {.max_attempts = static_cast<std::uint32_t>(retries) + 1,
          .backoff = {.initial = settings.retry_backoff_base,
                      .multiplier = settings.retry_backoff_multiplier,
                      .jitter = kRetryJitter,
                      .max = settings.retry_backoff_max},
          .retryable_codes = kRetriedByDefault};
}

Pushback parse_pushback(std::optional<std::string_view> value) noexcept {
  if (!value) return {};
  const auto* const begin = value->data();
  const auto* const end = begin + value->size();
  std::int32_t milliseconds = 0;
  const auto [stopped, error] = std::from_chars(begin, end, milliseconds);
  const bool has_needless_zero = value->size() > 1 && value->starts_with('0');
  if (error != std::errc() || stopped != end || has_needless_zero || value->starts_with('-')) {
    return {.kind = Pushback::Kind::kStop};
  }
  return {.kind = Pushback::Kind::kDelay, .delay = std::chrono::milliseconds(milliseconds)};
}

void RetryThrottle::on_success() noexcept {
  auto tokens = tokens_.load(std::memory_order_relaxed);
  while (tokens < max_ && !replace(tokens, std::min(tokens + per_success_, max_))) {
  }
}

bool RetryThrottle::on_failure() noexcept {
  auto tokens = tokens_.load(std::memory_order_relaxed);
  while (!replace(tokens, std::max<std::int64_t>(tokens - kToken, 0))) {
  }
  return is_enough(tokens - kToken);
}

bool RetryThrottle::replace(std::int64_t& expected, std::int64_t tokens) noexcept {
  return tokens_.compare_exchange_weak(expected, tokens, std::memory_order_relaxed);
}

std::optional<Duration> RetryState::on_attempt_end(StatusCode code, Pushback pushback, bool committed) {
  if (code == kOk) {
    if (throttle_) throttle_->on_success();
    return std::nullopt;
  }
  const bool retryable = retryable_codes_.contains(code);
  const bool stopped = pushback.kind == Pushback::Kind::kStop;
  const bool throttled = throttle_ && (retryable || stopped) && !throttle_->on_failure();
  if (!retryable || stopped || throttled || committed || previous_attempts_ + 1 >= max_attempts_) return std::nullopt;
  ++previous_attempts_;
  if (pushback.kind == Pushback::Kind::kNone) return backoff_.next();
  backoff_.reset();
  return pushback.delay;
}

}  // namespace plinth::client

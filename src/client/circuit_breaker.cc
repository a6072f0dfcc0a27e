#include "client/circuit_breaker.h"

#include <utility>

#include "client/status_code_set.h"

namespace plinth::client {

namespace {

using enum StatusCode;

constexpr StatusCodeSet kFailures = {kUnavailable, kDeadlineExceeded, kInternal, kUnknown, kResourceExhausted};

constexpr bool is_calm(std::uint64_t summary) noexcept { return (summary & 1) != 0; }

}  // namespace

CircuitBreaker::Pass::Pass(Pass&& other) noexcept
    : breaker_(std::exchange(other.breaker_, nullptr)), era_(other.era_), probe_(other.probe_) {}

CircuitBreaker::Pass& CircuitBreaker::Pass::operator=(Pass other) noexcept {
  std::swap(breaker_, other.breaker_);
  std::swap(era_, other.era_);
  std::swap(probe_, other.probe_);
  return *this;
}

void CircuitBreaker::Pass::done(StatusCode code, TimePoint now) {
  if (auto* const breaker = std::exchange(breaker_, nullptr)) breaker->report(era_, outcome_of(code), now);
}

CircuitBreaker::CircuitBreaker(std::string target, const Options& options, std::shared_ptr<Logger> logger)
    : target_(std::move(target)),
      options_(options),
      logger_(std::move(logger)),
      rejection_(unavailable("circuit breaker open for {}", target_)) {}

void CircuitBreaker::show_state_in(std::shared_ptr<Gauge> gauge) {
  gauge_ = std::move(gauge);
  show_state();
}

void CircuitBreaker::show_state() const {
  if (gauge_) gauge_->set(static_cast<double>(state_));
}

Result<CircuitBreaker::Pass> CircuitBreaker::admit(TimePoint now) {
  const auto summary = summary_.load(std::memory_order_relaxed);
  if (is_calm(summary)) return Pass(*this, summary >> 1, false);
  std::unique_lock lock(mutex_);
  std::optional<Change> change;
  if (is_due(now)) change = half_open();
  const bool admitted = take_place();
  const auto era = era_;
  const bool probe = state_ == State::kHalfOpen;
  lock.unlock();
  log(change);
  if (!admitted) return std::unexpected(rejection_);
  return Pass(*this, era, probe);
}

CircuitBreaker::State CircuitBreaker::state(TimePoint now) const {
  if (is_calm(summary_.load(std::memory_order_relaxed))) return State::kClosed;
  std::lock_guard lock(mutex_);
  return is_due(now) ? State::kHalfOpen : state_;
}

CircuitBreaker::Outcome CircuitBreaker::outcome_of(StatusCode code) noexcept {
  if (code == kCancelled) return Outcome::kNothing;
  return kFailures.contains(code) ? Outcome::kFailure : Outcome::kSuccess;
}

void CircuitBreaker::report(std::uint64_t era, Outcome outcome, TimePoint now) {
  if (outcome != Outcome::kFailure && is_calm(summary_.load(std::memory_order_relaxed))) return;
  std::unique_lock lock(mutex_);
  if (era != era_) return;
  const auto change = state_ == State::kClosed ? on_call(outcome, now) : on_probe(outcome, now);
  lock.unlock();
  log(change);
}

bool CircuitBreaker::take_place() noexcept {
  if (state_ == State::kClosed) return true;
  if (state_ == State::kOpen || places_ == 0) return false;
  --places_;
  return true;
}

std::optional<CircuitBreaker::Change> CircuitBreaker::on_call(Outcome outcome, TimePoint now) {
  if (outcome == Outcome::kNothing) return std::nullopt;
  failures_ = outcome == Outcome::kFailure ? failures_ + 1 : 0;
  if (outcome == Outcome::kFailure && failures_ >= options_.threshold) return open(now);
  summarize();
  return std::nullopt;
}

std::optional<CircuitBreaker::Change> CircuitBreaker::on_probe(Outcome outcome, TimePoint now) {
  if (outcome == Outcome::kFailure) {
    ++failures_;
    return open(now);
  }
  if (outcome == Outcome::kSuccess) {
    if (++successes_ == kProbes) return close();
  } else {
    ++places_;
  }
  return std::nullopt;
}

CircuitBreaker::Change CircuitBreaker::open(TimePoint now) {
  open_until_ = Deadline::after(now, options_.timeout);
  enter(State::kOpen);
  return {State::kOpen, failures_};
}

CircuitBreaker::Change CircuitBreaker::half_open() {
  places_ = kProbes;
  successes_ = 0;
  enter(State::kHalfOpen);
  return {State::kHalfOpen, failures_};
}

CircuitBreaker::Change CircuitBreaker::close() {
  const auto failures = std::exchange(failures_, 0);
  enter(State::kClosed);
  return {State::kClosed, failures};
}

void CircuitBreaker::enter(State state) {
  state_ = state;
  ++era_;
  summarize();
  show_state();
}

void CircuitBreaker::summarize() {
  const bool calm = state_ == State::kClosed && failures_ == 0;
  summary_.store(era_ << 1 | (calm ? 1 : 0), std::memory_order_relaxed);
}

void CircuitBreaker::log(const std::optional<Change>& change) const {
  if (!change) return;
  const auto write = [&](LogLevel level, std::string_view event) {
    const LogField fields[] = {{"name", target_}, {"failure_count", change->failures}};
    logger_->write(level, event, fields);
  };
  switch (change->to) {
    case State::kOpen: return write(LogLevel::kWarning, "circuit_breaker_opened");
    case State::kHalfOpen: return write(LogLevel::kInfo, "circuit_breaker_half_open");
    case State::kClosed: return write(LogLevel::kInfo, "circuit_breaker_closed");
  }
}

}  // namespace plinth::client

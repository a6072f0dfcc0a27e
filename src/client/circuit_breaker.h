#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "plinth/deadline.h"
#include "plinth/log.h"
#include "plinth/metrics.h"
#include "plinth/status.h"

namespace plinth::client {

/// Keeps calls away from a target that keeps failing. May be used by all workers at the same time.
///
///                 `threshold` failures in a row
///     closed -------------------------------------> open <-----------+
///       ^                                             |              |
///       |                                 first call  |              |  one failure
///       |                           after `timeout`   v              |
///       +--------------------------------------- half-open ----------+
///                    three successes           (three probes)
///
/// UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN and RESOURCE_EXHAUSTED are failures. CANCELLED is our own doing
/// and says nothing. OK and all other codes are successes: a server that finds a mistake of the caller is alive, so
/// NOT_FOUND ends a row of failures as OK does.
///
/// What calls report that were admitted before the last change of state is ignored. While a closed breaker has seen no
/// failure since the last success, a call costs two atomic loads.
///
/// Logs circuit_breaker_opened, circuit_breaker_half_open and circuit_breaker_closed {name, failure_count}: the target,
/// and the failures that opened it, those of probes included.
class CircuitBreaker {
 public:
  /// The numbers are those that the gauge shows.
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };

  struct Options {
    /// Failures in a row that open it.
    std::size_t threshold;
    /// How long it stays open before it lets probes through.
    Duration timeout;
  };

  /// The leave to make one call. The breaker must outlive it.
  class Pass {
   public:
    Pass(Pass&& other) noexcept;
    Pass& operator=(Pass other) noexcept;
    /// Without a report it is as if the call had been cancelled: the place of a probe is free again.
    ~Pass() { done(StatusCode::kCancelled, {}); }

    /// How the call has ended. Counts once; then the pass is used up. A stream may report OK as soon as the first
    /// response is there: a probe that lives for hours would hold its place for as long.
    void done(StatusCode code, TimePoint now);

    bool is_probe() const noexcept { return probe_; }

   private:
    friend class CircuitBreaker;
    Pass(CircuitBreaker& breaker, std::uint64_t era, bool probe) noexcept
        : breaker_(&breaker), era_(era), probe_(probe) {}

    CircuitBreaker* breaker_;
    std::uint64_t era_;
    bool probe_;
  };

  CircuitBreaker(std::string target, const Options& options, std::shared_ptr<Logger> logger);

  /// From now on `gauge` has the state: kHalfOpen from the first probe on. To be called before the first call.
  void show_state_in(std::shared_ptr<Gauge> gauge);

  /// UNAVAILABLE "circuit breaker open for <target>" when the call must not be made.
  Result<Pass> admit(TimePoint now);

  /// kHalfOpen as soon as a call would be let through as a probe.
  State state(TimePoint now) const;

  const std::string& target() const noexcept { return target_; }

 private:
  static constexpr std::size_t kProbes = 3;

  enum class Outcome : std::uint8_t { kSuccess, kFailure, kNothing };

  /// What is to be logged when the lock is no longer held.
  struct Change {
    State to;
    std::size_t failures;
  };

  static Outcome outcome_of(StatusCode code) noexcept;

  void report(std::uint64_t era, Outcome outcome, TimePoint now);
  void log(const std::optional<Change>& change) const;

  // With the lock held.
  bool is_due(TimePoint now) const noexcept { return state_ == State::kOpen && open_until_.expired(now); }
  bool take_place() noexcept;
  std::optional<Change> on_call(Outcome outcome, TimePoint now);
  std::optional<Change> on_probe(Outcome outcome, TimePoint now);
  Change open(TimePoint now);
  Change half_open();
  Change close();
  void enter(State state);
  void show_state() const;
  void summarize();

  const std::string target_;
  const Options options_;
  const std::shared_ptr<Logger> logger_;
  const Status rejection_;
  std::shared_ptr<Gauge> gauge_;

  mutable std::mutex mutex_;
  State state_ = State::kClosed;
  /// Changes of state so far. A pass keeps its era, and is heard in no other.
  std::uint64_t era_ = 0;
  /// While closed: in a row. Else: those that opened it, and those of probes since.
  std::size_t failures_ = 0;
  Deadline open_until_;
  std::size_t places_ = 0;
  std::size_t successes_ = 0;

  /// What a call needs to know of a calm breaker, which is closed and without a failure: twice the era, plus 1 when
  /// calm. Written with the lock held.
  std::atomic<std::uint64_t> summary_{1};
};

}  // namespace plinth::client

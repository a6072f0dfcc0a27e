#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include "plinth/deadline.h"
#include "plinth/limits.h"

namespace plinth::interceptors {

/// How many calls may run at once, by what they take: after each window
///
///     gradient = tolerance * long-term latency / latency of the window, within 0.5 and 1
///     limit   <- limit + smoothing * (gradient * limit + sqrt(limit) - limit)
///
/// as Netflix's Gradient2Limit has it; the part of the calls that came too late takes as much from a gradient of 1. The
/// long-term latency differs. There it is a slow average of all latencies, so under an overload that lasts it follows
/// them up, and the limit with it, until there is none. Here it is learned only where no queue can be behind it: from
/// windows that used less than half of the limit, that had the least limit, or that were quicker. Where calls are
/// refused and it has not been learned for some time, it is measured: nobody is let in until all but the least limit
/// have ended, and the calls that begin then show it.
///
/// May be used by all workers at the same time.
class GradientLimit {
 public:
  /// The leave to run one call. The limit must outlive it.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    /// Without `done` the call says nothing about latency.
    ~Place() {
      if (limit_) limit_->running_.fetch_sub(1, std::memory_order_relaxed);
    }
    explicit operator bool() const noexcept { return limit_; }

    /// The call has ended: after `latency`, and if `late`, without an answer in time.
    void done(Duration latency, bool late, TimePoint now) { limit_->add_sample(latency, late, now); }

   private:
    friend class GradientLimit;
    explicit Place(GradientLimit* limit) noexcept : limit_(limit) {}
    GradientLimit* limit_ = nullptr;
  };

  /// `gauge` shows the limit; may be null. An assertion when the options are out of bounds.
  GradientLimit(const AdaptiveConcurrencyOptions& options, Gauge* gauge);

  /// None when the limit is reached.
  Place try_enter(TimePoint now) noexcept;

  std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  std::size_t running() const noexcept { return running_.load(std::memory_order_relaxed); }

 private:
  void add_sample(Duration latency, bool late, TimePoint now);
  void end_window(std::int64_t now);
  void learn(double latency, bool under_load, std::int64_t now) noexcept;
  void change_limit(double latency, double late);
  bool measuring() const noexcept { return measuring_since_.load(std::memory_order_relaxed) != 0; }
  void begin_measuring(std::int64_t now) noexcept;
  void end_measuring(double latency, std::int64_t now) noexcept;
  void give_up_measuring(std::int64_t now) noexcept;
  void show_limit() noexcept;

  double min_;
  double max_;
  double tolerance_;
  double smoothing_;
  std::int64_t window_;
  std::int64_t remeasure_after_;
  Gauge* gauge_;

  std::atomic<std::size_t> running_ = 0;
  std::atomic<std::size_t> limit_;
  std::atomic<std::int64_t> long_term_ = 0;

  std::atomic<std::int64_t> window_end_ = 0;
  std::atomic<std::int64_t> samples_ = 0;
  std::atomic<std::int64_t> latencies_ = 0;
  std::atomic<std::int64_t> late_ = 0;
  std::atomic<bool> used_ = false;
  std::atomic<bool> refused_ = false;
  std::atomic<std::int64_t> measuring_since_ = 0;

  std::mutex changing_;
  double exact_limit_;
  std::int64_t learned_at_ = 0;
};

}  // namespace plinth::interceptors

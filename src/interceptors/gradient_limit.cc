#include "interceptors/gradient_limit.h"

#include <algorithm>
#include <cmath>
#include <ratio>

#include "base/assert.h"

namespace plinth::interceptors {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

/// Fewer calls say nothing about the others.
constexpr std::int64_t kLeastSamples = 10;

/// No step is larger than the one to half. So no limit falls below four, where the square root is half.
constexpr double kSteepest = 0.5;
constexpr double kBottom = 4;

/// Measuring holds calls back for about as long as two or three of them take: no more than a part of this size.
constexpr double kPartForMeasuring = 0.02;
constexpr double kCallsForMeasuring = 2.5;
constexpr std::int64_t kLeastTimeToMeasure = std::nano::den;
constexpr std::int64_t kLatenciesToMeasure = 20;

void set_once(std::atomic<bool>& flag) noexcept {
  if (!flag.load(kRelaxed)) flag.store(true, kRelaxed);
}

}  // namespace

GradientLimit::GradientLimit(const AdaptiveConcurrencyOptions& options, Gauge* gauge)
    : min_(static_cast<double>(options.min_limit)),
      max_(static_cast<double>(options.max_limit)),
      tolerance_(options.tolerance),
      smoothing_(options.smoothing),
      window_(options.window.count()),
      remeasure_after_(options.remeasure_after.count()),
      gauge_(gauge),
      limit_(options.initial_limit),
      exact_limit_(static_cast<double>(options.initial_limit)) {
  PLINTH_ASSERT(options.min_limit >= 1 && options.min_limit <= options.initial_limit &&
                    options.initial_limit <= options.max_limit,
                "a limit begins between the least, at least one call, and the largest");
  PLINTH_ASSERT(tolerance_ >= 1, "a tolerance below 1 calls every latency too long");
  PLINTH_ASSERT(smoothing_ > 0 && smoothing_ <= 1, "smoothing makes more than 0 and at most 1 of a step");
  PLINTH_ASSERT(window_ > 0, "a window has a length");
  if (gauge_) gauge_->set(exact_limit_);
}

GradientLimit::Place GradientLimit::try_enter(TimePoint now) noexcept {
  const auto limit = limit_.load(kRelaxed);
  const auto running = running_.fetch_add(1, kRelaxed) + 1;
  if (2 * running >= limit) set_once(used_);
  if (running <= limit) return Place(this);
  set_once(refused_);
  running_.fetch_sub(1, kRelaxed);
  if (measuring()) give_up_measuring(now.time_since_epoch().count());
  return Place();
}

/// A call that was late before others are done was given too little time: that says nothing about the server.
void GradientLimit::add_sample(Duration latency, bool late, TimePoint now) {
  const auto time = now.time_since_epoch().count();
  if (late && latency.count() <= long_term_.load(kRelaxed)) return;
  if (time - latency.count() < measuring_since_.load(kRelaxed)) return;
  if (late) late_.fetch_add(1, kRelaxed);
  latencies_.fetch_add(latency.count(), kRelaxed);
  if (samples_.fetch_add(1, kRelaxed) + 1 >= kLeastSamples && time >= window_end_.load(kRelaxed)) end_window(time);
}

void GradientLimit::end_window(std::int64_t now) {
  const std::unique_lock lock(changing_, std::try_to_lock);
  if (!lock || now < window_end_.load(kRelaxed) || samples_.load(kRelaxed) < kLeastSamples) return;
  window_end_.store(now + window_, kRelaxed);
  const auto samples = static_cast<double>(samples_.exchange(0, kRelaxed));
  const auto latency = std::max(static_cast<double>(latencies_.exchange(0, kRelaxed)) / samples, 1.0);
  const auto late = static_cast<double>(late_.exchange(0, kRelaxed)) / samples;
  const bool used = used_.exchange(false, kRelaxed);
  const bool refused = refused_.exchange(false, kRelaxed);
  if (measuring()) return end_measuring(latency, now);
  learn(latency, used, now);
  if (used) change_limit(latency, late);
  const auto patience =
      std::max(static_cast<double>(remeasure_after_), kCallsForMeasuring / kPartForMeasuring * latency);
  if (refused && static_cast<double>(now - learned_at_) > patience) begin_measuring(now);
}

void GradientLimit::learn(double latency, bool under_load, std::int64_t now) noexcept {
  const auto known = static_cast<double>(long_term_.load(kRelaxed));
  const bool least = exact_limit_ < std::max(min_, kBottom) + 1;
  if (under_load && !least && known != 0 && latency > known) return;
  const bool at_once = known == 0 || (under_load && least);
  long_term_.store(std::llround(at_once ? latency : known + smoothing_ * (latency - known)), kRelaxed);
  if (!under_load || least) learned_at_ = now;
}

/// `late`: the part of the calls that came too late.
void GradientLimit::change_limit(double latency, double late) {
  const auto long_term = static_cast<double>(long_term_.load(kRelaxed));
  const auto gradient = std::max(kSteepest, std::min(tolerance_ * long_term / latency, 1 - late));
  const auto step = gradient * exact_limit_ + std::sqrt(exact_limit_) - exact_limit_;
  exact_limit_ = std::clamp(exact_limit_ + smoothing_ * step, min_, max_);
  show_limit();
}

void GradientLimit::begin_measuring(std::int64_t now) noexcept {
  measuring_since_.store(now, kRelaxed);
  limit_.store(static_cast<std::size_t>(min_), kRelaxed);
}

void GradientLimit::end_measuring(double latency, std::int64_t now) noexcept {
  measuring_since_.store(0, kRelaxed);
  long_term_.store(std::llround(latency), kRelaxed);
  learned_at_ = now;
  show_limit();
}

/// Calls that all fail show nothing: if it takes too long they are not held back any more.
void GradientLimit::give_up_measuring(std::int64_t now) noexcept {
  const auto time_enough = std::max(kLeastTimeToMeasure, kLatenciesToMeasure * long_term_.load(kRelaxed));
  if (now - measuring_since_.load(kRelaxed) < time_enough) return;
  const std::unique_lock lock(changing_, std::try_to_lock);
  if (lock && measuring()) end_measuring(static_cast<double>(long_term_.load(kRelaxed)), now);
}

void GradientLimit::show_limit() noexcept {
  limit_.store(static_cast<std::size_t>(exact_limit_), kRelaxed);
  if (gauge_) gauge_->set(static_cast<double>(limit()));
}

}  // namespace plinth::interceptors

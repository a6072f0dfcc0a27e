#include "client/outlier_detector.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace plinth::client {

OutlierDetector::OutlierDetector(const OutlierDetection& options, RandomIndex random)
    : options_(options), random_(std::move(random)) {}

void OutlierDetector::set_backends(std::span<Backend* const> backends, TimePoint now) {
  for (auto* backend : backends) {
    if (backend->list_ != list_) *backend = Backend();
    backend->list_ = list_ + 1;
  }
  ++list_;
  backends_.assign(backends.begin(), backends.end());
  if (!interval_start_) interval_start_ = now;
}

std::optional<TimePoint> OutlierDetector::next() const noexcept {
  if (!interval_start_ || !(options_.success_rate_ejection || options_.failure_percentage_ejection)) return {};
  return Deadline::after(*interval_start_, options_.interval).at();
}

OutlierDetector::Sweep OutlierDetector::sweep(TimePoint now) {
  interval_start_ = now;
  for (auto* backend : backends_) backend->last_ = std::exchange(backend->current_, {});
  Sweep sweep;
  if (options_.success_rate_ejection) find_by_success_rate(*options_.success_rate_ejection, sweep);
  if (options_.failure_percentage_ejection) find_by_failures(*options_.failure_percentage_ejection, sweep);
  for (auto* backend : backends_) settle(*backend, sweep);
  return sweep;
}

std::vector<OutlierDetector::Backend*> OutlierDetector::with_volume(std::uint64_t calls) const {
  const auto least = std::max<std::uint64_t>(calls, 1);
  std::vector<Backend*> found;
  std::ranges::copy_if(backends_, std::back_inserter(found), [&](auto* b) { return b->last_.total() >= least; });
  return found;
}

double OutlierDetector::success_threshold(std::span<Backend* const> backends, unsigned stdev_factor) noexcept {
  const auto count = static_cast<double>(backends.size());
  double sum = 0;
  for (const auto* backend : backends) sum += backend->last_.success_rate();
  const auto mean = sum / count;
  double squares = 0;
  for (const auto* backend : backends) squares += std::pow(backend->last_.success_rate() - mean, 2);
  return mean - std::sqrt(squares / count) * stdev_factor / 1000;
}

void OutlierDetector::find_by_success_rate(const OutlierDetection::SuccessRateEjection& options, Sweep& sweep) {
  const auto backends = with_volume(options.request_volume);
  if (backends.size() < options.minimum_hosts) return;
  const auto threshold = success_threshold(backends, options.stdev_factor);
  for (auto* backend : backends) {
    if (enough_ejected()) return;
    if (backend->last_.success_rate() >= threshold) continue;
    if (random_(100) < options.enforcement_percentage) eject(*backend, sweep);
  }
}

void OutlierDetector::find_by_failures(const OutlierDetection::FailurePercentageEjection& options, Sweep& sweep) {
  const auto backends = with_volume(options.request_volume);
  if (backends.size() < options.minimum_hosts) return;
  for (auto* backend : backends) {
    if (enough_ejected()) return;
    if (backend->last_.failures * 100 <= options.threshold * backend->last_.total()) continue;
    if (random_(100) < options.enforcement_percentage) eject(*backend, sweep);
  }
}

bool OutlierDetector::enough_ejected() const noexcept {
  const auto ejected = static_cast<std::size_t>(std::ranges::count_if(backends_, &Backend::ejected));
  return ejected * 100 >= options_.max_ejection_percent * backends_.size();
}

void OutlierDetector::eject(Backend& backend, Sweep& sweep) const {
  if (!backend.ejected()) sweep.ejected.push_back(&backend);
  backend.ejected_at_ = interval_start_;
  ++backend.multiplier_;
}

void OutlierDetector::settle(Backend& backend, Sweep& sweep) const {
  if (!backend.ejected()) {
    if (backend.multiplier_ > 0) --backend.multiplier_;
  } else if (*interval_start_ - *backend.ejected_at_ > ejection_time(backend)) {
    backend.ejected_at_.reset();
    sweep.returned.push_back(&backend);
  }
}

Duration OutlierDetector::ejection_time(const Backend& backend) const noexcept {
  const auto base = options_.base_ejection_time;
  const auto longest = std::max(base, options_.max_ejection_time);
  if (base == Duration::zero()) return base;
  return backend.multiplier_ > longest / base ? longest : base * backend.multiplier_;
}

}  // namespace plinth::client

#include "telemetry/sampler.h"

namespace plinth::telemetry {

namespace {

constexpr auto kAllOf = std::uint64_t{1} << 63;

std::uint64_t bound_of(double ratio) noexcept {
  if (ratio >= 1) return kAllOf;
  return ratio > 0 ? static_cast<std::uint64_t>(ratio * static_cast<double>(kAllOf)) : 0;
}

/// As the SDKs of Go, Java and Python read the half of a trace id that is random.
std::uint64_t random_part(const std::array<std::uint8_t, 16>& trace_id) noexcept {
  std::uint64_t part = 0;
  for (std::size_t i = 8; i < trace_id.size(); ++i) part = part << 8 | trace_id[i];
  return part >> 1;
}

}  // namespace

Sampler::Sampler(TraceSampler kind, double ratio) noexcept : kind_(kind), bound_(bound_of(ratio)) {}

bool Sampler::samples(const SpanContext* parent, const std::array<std::uint8_t, 16>& trace_id) const noexcept {
  const bool asks_parent = kind_ == TraceSampler::kParentOrAlwaysOn || kind_ == TraceSampler::kParentOrAlwaysOff ||
                           kind_ == TraceSampler::kParentOrRatio;
  return parent && asks_parent ? parent->sampled : samples_root(trace_id);
}

bool Sampler::samples_root(const std::array<std::uint8_t, 16>& trace_id) const noexcept {
  switch (kind_) {
    case TraceSampler::kAlwaysOn:
    case TraceSampler::kParentOrAlwaysOn: return true;
    case TraceSampler::kAlwaysOff:
    case TraceSampler::kParentOrAlwaysOff: return false;
    case TraceSampler::kRatio:
    case TraceSampler::kParentOrRatio: break;
  }
  return random_part(trace_id) < bound_;
}

}  // namespace plinth::telemetry

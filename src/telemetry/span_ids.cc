#include "telemetry/span_ids.h"

#include <cstring>
#include <random>

namespace plinth::telemetry {

namespace {

std::mt19937_64 seeded() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

std::uint64_t random_not_zero() noexcept {
  thread_local auto generator = seeded();
  while (true) {
    if (const auto number = generator()) return number;
  }
}

void write(std::uint64_t number, std::uint8_t* bytes) noexcept { std::memcpy(bytes, &number, sizeof(number)); }

}  // namespace

void set_new_trace_id(SpanContext& context) noexcept {
  write(random_not_zero(), context.trace_id.data());
  write(random_not_zero(), context.trace_id.data() + 8);
}

void set_new_span_id(SpanContext& context) noexcept { write(random_not_zero(), context.span_id.data()); }

}  // namespace plinth::telemetry

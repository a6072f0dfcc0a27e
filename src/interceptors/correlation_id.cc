#include "interceptors/correlation_id.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include "plinth/client_context.h"
#include "plinth/logging.h"

namespace plinth {

std::string current_correlation_id() {
  const auto* call = CallContext::current();
  const auto* id = call ? call->find<CorrelationId>() : nullptr;
  return id ? id->value : std::string();
}

}  // namespace plinth

namespace plinth::interceptors {

namespace {

constexpr std::string_view kHeader = "x-correlation-id";
constexpr std::size_t kLongest = 128;

std::mt19937_64 seeded_engine() {
  std::random_device source;
  std::seed_seq seed{source(), source(), source(), source(), source(), source(), source(), source()};
  return std::mt19937_64(seed);
}

/// Writes `digits` of them before `end`, and gives where they begin.
char* put_hex(char* end, int digits, std::uint64_t value) noexcept {
  for (; digits > 0; --digits, value >>= 4) *--end = "0123456789abcdef"[value & 0xF];
  return end;
}

std::string id_from(const Metadata& metadata) {
  const auto given = metadata.get(kHeader);
  return given && is_correlation_id(*given) ? std::string(*given) : new_uuid();
}

const std::string& attached(CallContext& call, std::string id) {
  return call.attach(CorrelationId{std::move(id)}).value;
}

/// Of a call that is made.
const std::string& correlate(ClientContext& call) {
  auto& metadata = call.request_metadata();
  if (const auto given = metadata.get(kHeader)) return attached(call, std::string(*given));
  const auto* const caller = call.caller();
  const auto* known = call.find<CorrelationId>();
  if (!known && caller) known = caller->find<CorrelationId>();
  const auto& id = attached(call, known ? known->value : new_uuid());
  metadata.add(kHeader, id);
  return id;
}

}  // namespace

std::string new_uuid() {
  thread_local auto engine = seeded_engine();
  const std::uint64_t high = (engine() & ~0xF000ull) | 0x4000;
  const std::uint64_t low = engine() >> 2 | std::uint64_t{0b10} << 62;
  std::string text(36, '-');
  char* end = text.data() + text.size();
  end = put_hex(end, 12, low) - 1;
  end = put_hex(end, 4, low >> 48) - 1;
  end = put_hex(end, 4, high) - 1;
  end = put_hex(end, 4, high >> 16) - 1;
  put_hex(end, 8, high >> 32);
  return text;
}

bool is_correlation_id(std::string_view text) noexcept {
  const auto allowed = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\'; };
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, allowed);
}

const std::string& correlate(CallContext& call) {
  if (auto* client = call.as_client()) return correlate(*client);
  const auto* known = call.find<CorrelationId>();
  const auto& id = known ? known->value : attached(call, id_from(call.request_metadata()));
  call.initial_metadata().set(kHeader, id);
  return id;
}

void echo_with_status(CallContext& call, std::string_view id) {
  if (call.as_client() || call.traffic().sent_messages > 0) return;
  call.initial_metadata().remove(kHeader);
  call.trailing_metadata().set(kHeader, id);
}

}  // namespace plinth::interceptors

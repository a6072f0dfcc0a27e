// Feeds what src/client reads with anything. The first byte of an input chooses: s service config, t target, h host and
// port, a address, p grpc-retry-pushback-ms.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "client/retry_policy.h"
#include "client/service_config.h"
#include "client/target.h"
#include "fuzz/fuzz.h"
#include "net/endpoint.h"

namespace plinth::client {
namespace {

using fuzz::expect;
using fuzz::expect_sentence;

void expect_bounds(const RetryPolicy& policy) {
  expect(policy.max_attempts >= 2 && policy.max_attempts <= 5, "there are 2 to 5 attempts");
  expect(policy.backoff.initial > Duration::zero() && policy.backoff.max > Duration::zero(), "a backoff takes time");
}
void expect_bounds(const HedgingPolicy& policy) {
  expect(policy.max_attempts >= 2 && policy.max_attempts <= 5, "there are 2 to 5 attempts");
  expect(policy.hedging_delay >= Duration::zero(), "no delay is negative");
}
void expect_bounds(std::monostate) {}

void fuzz_service_config(std::string_view text) {
  const auto config = ServiceConfig::parse(text);
  if (!config) return expect_sentence(config.error().message());
  for (const std::string_view path : {"/myservice.MyService/GetResource", "/myservice.MyService/", "/", ""}) {
    const auto* const method = config->find_method(path);
    if (!method) continue;
    expect(!method->timeout || *method->timeout >= Duration::zero(), "no timeout is negative");
    std::visit([](const auto& policy) { expect_bounds(policy); }, method->attempts);
  }
  const auto throttling = config->retry_throttling();
  expect(!throttling || (throttling->max_tokens >= 1 && throttling->max_tokens <= 1000), "tokens have their bounds");
}

void fuzz_target(std::string_view text) {
  const auto target = parse_target(text);
  if (!target) return expect(!target.error().message().empty(), "an error says what is wrong");
  expect(target->text.starts_with(target->scheme + ':'), "a target's text has its scheme");
  expect(target->text.ends_with(target->endpoint), "and its endpoint");
  expect(!default_authority(*target).contains(','), "an authority is one name");
  const auto again = parse_target(target->text);
  expect(!again || (again->scheme == target->scheme && again->authority == target->authority &&
                    again->endpoint == target->endpoint),
         "its text is the same target");
  expect(again || target->text.size() > 4096, "and is one");
}

void fuzz_host_port(std::string_view text) {
  const auto read = parse_host_port(text);
  if (!read) return;
  expect(read->port != 0 && fuzz::is_printable(read->host) && read->host.size() <= 253,
         "host and port have their bounds");
  const auto again = parse_host_port(fmt::format("[{}]:{}", read->host, read->port));
  expect(again && again->host == read->host && again->port == read->port, "what was read can be written");
}

void fuzz_address(std::string_view text) {
  const auto address = net::Endpoint::parse(text);
  if (!address) return;
  const auto again = net::Endpoint::parse(address->to_string());
  expect(again && *again == *address, "what was read can be written");
  expect(net::Endpoint::from(address->generic()) == *address, "the system takes it for the same");
}

void fuzz_pushback(std::string_view text) {
  const auto pushback = parse_pushback(text);
  expect(pushback.kind != Pushback::Kind::kNone && pushback.delay >= Duration::zero(), "no delay is negative");
  if (pushback.kind != Pushback::Kind::kDelay) return;
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(pushback.delay).count();
  expect(text == fmt::format("{}", milliseconds), "there is one way to write a delay");
}

}  // namespace
}  // namespace plinth::client

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plinth::client;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 's': fuzz_service_config(rest); break;
    case 't': fuzz_target(rest); break;
    case 'h': fuzz_host_port(rest); break;
    case 'a': fuzz_address(rest); break;
    case 'p': fuzz_pushback(rest); break;
    default: break;
  }
  return 0;
}

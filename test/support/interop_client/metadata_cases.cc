#include <string_view>

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "large_unary.h"
#include "messages.h"

namespace plinth::interop {

namespace {

constexpr std::string_view kInitialKey = "x-grpc-test-echo-initial";
constexpr std::string_view kInitialValue = "test_initial_metadata_value";
constexpr std::string_view kTrailingKey = "x-grpc-test-echo-trailing-bin";
constexpr std::string_view kTrailingValue = "\xab\xab\xab";

CallOptions with_metadata() {
  CallOptions options;
  options.metadata.add(kInitialKey, kInitialValue);
  options.metadata.add(kTrailingKey, kTrailingValue);
  return options;
}

void expect_echoed(const Metadata& initial, const Metadata& trailing, std::string_view what) {
  expect(initial.get(kInitialKey) == kInitialValue, "the initial metadata of {} should have {}: {}", what, kInitialKey,
         kInitialValue);
  expect(trailing.get(kTrailingKey) == kTrailingValue, "the trailing metadata of {} should have {}: 0xababab", what,
         kTrailingKey);
}

Task<void> echo_by_unary_call(Client& client) {
  auto call = call_large_unary(client, large_request(), with_metadata());
  co_await std::move(call);
  const auto seen = client.witness().last();
  expect_echoed(seen.initial, seen.trailing, "UnaryCall");
}

Task<void> echo_by_stream(Client& client) {
  auto call = client.stub().FullDuplexCall(with_metadata());
  const auto request = output_request(kLargeRequest, kLargeResponse);
  co_await call.write(request);
  call.half_close();
  const auto response = co_await call.next();
  expect(response.has_value(), "FullDuplexCall ended without a response");
  expect_zeros(response->payload(), kLargeResponse, "the response of FullDuplexCall");
  const auto status = co_await call.finish();
  expect_ok(status, "FullDuplexCall");
  expect_echoed(call.call().initial_metadata(), call.call().trailing_metadata(), "FullDuplexCall");
}

Task<void> custom_metadata(Client& client) {
  auto unary = echo_by_unary_call(client);
  co_await std::move(unary);
  auto stream = echo_by_stream(client);
  co_await std::move(stream);
}

}  // namespace

std::vector<Case> metadata_cases() { return {{"custom_metadata", custom_metadata}}; }

}  // namespace plinth::interop

#include <chrono>

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "messages.h"

namespace plinth::interop {

using namespace std::chrono_literals;

namespace {

Task<void> cancel_after_begin(Client& client) {
  auto call = client.stub().StreamingInputCall();
  call.call().cancel();
  auto end = call.finish();
  const auto result = co_await std::move(end);
  expect_code(status_of(result), StatusCode::kCancelled, "StreamingInputCall, cancelled at its begin,");
}

Task<void> cancel_after_first_response(Client& client) {
  auto call = client.stub().FullDuplexCall();
  const auto request = output_request(kRequestSizes[0], kResponseSizes[0]);
  co_await call.write(request);
  const auto response = co_await call.next();
  expect(response.has_value(), "FullDuplexCall ended without a response");
  expect_zeros(response->payload(), kResponseSizes[0], "the response");
  call.call().cancel();
  const auto status = co_await call.finish();
  expect_code(status, StatusCode::kCancelled, "FullDuplexCall, cancelled after its first response,");
}

Task<void> timeout_on_sleeping_server(Client& client) {
  CallOptions options;
  options.timeout = 1ms;
  auto call = client.stub().FullDuplexCall(std::move(options));
  auto request = output_request(kRequestSizes[0], 0);
  request.clear_response_parameters();
  co_await call.write(request);
  const auto status = co_await call.finish();
  expect_code(status, StatusCode::kDeadlineExceeded, "FullDuplexCall with 1 ms");
}

}  // namespace

std::vector<Case> cancellation_cases() {
  return {{"cancel_after_begin", cancel_after_begin},
          {"cancel_after_first_response", cancel_after_first_response},
          {"timeout_on_sleeping_server", timeout_on_sleeping_server}};
}

}  // namespace plinth::interop

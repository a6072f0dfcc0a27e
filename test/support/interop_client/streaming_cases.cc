#include <cstddef>
#include <numeric>

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "messages.h"

namespace plinth::interop {

namespace {

Task<void> client_streaming(Client& client) {
  auto call = client.stub().StreamingInputCall();
  for (const auto size : kRequestSizes) {
    const auto request = input_request(size);
    const bool written = co_await call.write(request);
    expect(written, "the call ended before the request of {} bytes", size);
  }
  auto end = call.finish();
  auto result = co_await std::move(end);
  const auto total = value_of(std::move(result), "StreamingInputCall").aggregated_payload_size();
  const auto sent = std::accumulate(kRequestSizes.begin(), kRequestSizes.end(), 0);
  expect(total == sent, "{} bytes were sent, and the server counted {}", sent, total);
}

Task<void> server_streaming(Client& client) {
  OutputRequest request;
  for (const auto size : kResponseSizes) request.add_response_parameters()->set_size(size);
  auto call = client.stub().StreamingOutputCall(request);
  std::size_t count = 0;
  while (const auto response = co_await call.next()) {
    expect(count < kResponseSizes.size(), "more than {} responses came", kResponseSizes.size());
    expect_zeros(response->payload(), kResponseSizes[count], fmt::format("response {}", count));
    ++count;
  }
  const auto status = co_await call.finish();
  expect_ok(status, "StreamingOutputCall");
  expect(count == kResponseSizes.size(), "{} of {} responses came", count, kResponseSizes.size());
}

Task<void> ping_pong(Client& client) {
  auto call = client.stub().FullDuplexCall();
  for (std::size_t turn = 0; turn < kRequestSizes.size(); ++turn) {
    const auto request = output_request(kRequestSizes[turn], kResponseSizes[turn]);
    const bool written = co_await call.write(request);
    expect(written, "the call ended before request {}", turn);
    const auto response = co_await call.next();
    expect(response.has_value(), "the call ended before response {}", turn);
    expect_zeros(response->payload(), kResponseSizes[turn], fmt::format("response {}", turn));
  }
  call.half_close();
  const auto more = co_await call.next();
  expect(!more, "more than {} responses came", kResponseSizes.size());
  const auto status = co_await call.finish();
  expect_ok(status, "FullDuplexCall");
}

Task<void> empty_stream(Client& client) {
  auto call = client.stub().FullDuplexCall();
  call.half_close();
  const auto response = co_await call.next();
  expect(!response, "a response came to no request");
  const auto status = co_await call.finish();
  expect_ok(status, "FullDuplexCall");
}

}  // namespace

std::vector<Case> streaming_cases() {
  return {{"client_streaming", client_streaming},
          {"server_streaming", server_streaming},
          {"ping_pong", ping_pong},
          {"empty_stream", empty_stream}};
}

}  // namespace plinth::interop

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "large_unary.h"
#include "messages.h"

namespace plinth::interop {

namespace {

constexpr std::int32_t kCompressedSize = 27182;
constexpr std::int32_t kPlainSize = 45904;

CallOptions compressing() {
  CallOptions options;
  options.compress = true;
  return options;
}

template <class Request>
Request expecting(Request request, bool compressed) {
  request.mutable_expect_compressed()->set_value(compressed);
  return request;
}

/// The feature probe: a server that does not notice a plain request which it was told to be compressed cannot judge
/// the rest.
void expect_noticed(const Status& status) {
  expect_code(status, StatusCode::kInvalidArgument, "the probe, a plain request that claims to be compressed,");
}

Task<void> client_compressed_unary(Client& client) {
  const auto probe = expecting(large_request(), true);
  auto probing = client.stub().UnaryCall(probe);
  const auto answer = co_await std::move(probing);
  expect_noticed(status_of(answer));

  auto compressed = call_large_unary(client, expecting(large_request(), true), compressing());
  co_await std::move(compressed);
  auto plain = call_large_unary(client, expecting(large_request(), false));
  co_await std::move(plain);
}

Task<void> probe_stream(Client& client) {
  auto call = client.stub().StreamingInputCall();
  const auto request = expecting(input_request(kCompressedSize), true);
  co_await call.write(request);
  auto end = call.finish();
  const auto result = co_await std::move(end);
  expect_noticed(status_of(result));
}

Task<void> client_compressed_streaming(Client& client) {
  auto probe = probe_stream(client);
  co_await std::move(probe);

  auto call = client.stub().StreamingInputCall(compressing());
  const auto compressed = expecting(input_request(kCompressedSize), true);
  bool written = co_await call.write(compressed);
  call.call().set_compression(false);
  const auto plain = expecting(input_request(kPlainSize), false);
  written = written && co_await call.write(plain);
  expect(written, "the call ended before its two requests were written");
  auto end = call.finish();
  auto result = co_await std::move(end);
  const auto total = value_of(std::move(result), "StreamingInputCall").aggregated_payload_size();
  expect(total == kCompressedSize + kPlainSize, "{} bytes were sent, and the server counted {}",
         kCompressedSize + kPlainSize, total);
}

void expect_compressed(bool is, bool should_be, std::string_view what) {
  expect(is == should_be, "{} should{} have been compressed, and was{}", what, should_be ? "" : " not",
         is ? "" : " not");
}

Task<void> server_compressed_unary(Client& client) {
  for (const bool compressed : {true, false}) {
    auto request = large_request();
    request.mutable_response_compressed()->set_value(compressed);
    auto call = call_large_unary(client, std::move(request));
    co_await std::move(call);
    expect_compressed(client.witness().last().compressed, compressed, "the response");
  }
}

void ask_for(OutputRequest& request, std::int32_t size, bool compressed) {
  auto& parameters = *request.add_response_parameters();
  parameters.set_size(size);
  parameters.mutable_compressed()->set_value(compressed);
}

Task<void> server_compressed_streaming(Client& client) {
  OutputRequest request;
  ask_for(request, 31415, true);
  ask_for(request, 92653, false);
  auto call = client.stub().StreamingOutputCall(request);
  for (const auto& wanted : request.response_parameters()) {
    const auto what = fmt::format("the response of {} bytes", wanted.size());
    const auto response = co_await call.next();
    expect(response.has_value(), "the call ended before {}", what);
    expect_zeros(response->payload(), wanted.size(), what);
    expect_compressed(call.call().received_compressed(), wanted.compressed().value(), what);
  }
  const auto more = co_await call.next();
  expect(!more, "more than {} responses came", request.response_parameters_size());
  const auto status = co_await call.finish();
  expect_ok(status, "StreamingOutputCall");
}

}  // namespace

std::vector<Case> compression_cases() {
  return {{"client_compressed_unary", client_compressed_unary},
          {"server_compressed_unary", server_compressed_unary},
          {"client_compressed_streaming", client_compressed_streaming},
          {"server_compressed_streaming", server_compressed_streaming}};
}

}  // namespace plinth::interop

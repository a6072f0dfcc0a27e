#include "test_service.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>

#include "plinth/async.h"

namespace plinth::interop {

namespace {

using ::grpc::testing::EchoStatus;
using ::grpc::testing::Payload;
using ::grpc::testing::PayloadType;
using ::grpc::testing::ResponseParameters;
using OutputRequest = TestService::OutputRequest;
using OutputResponse = TestService::OutputResponse;

constexpr std::int32_t kMaxPayload = 64 << 20;
constexpr int kMaxHeldResponses = 100'000;

/// `size` zero bytes of the one type that there is.
void fill(Payload& payload, PayloadType type, std::int32_t size) {
  if (type != ::grpc::testing::COMPRESSABLE)
    throw StatusError(invalid_argument("there is no payload type {}", int{type}));
  if (size < 0 || size > kMaxPayload) {
    throw StatusError(invalid_argument("a payload has 0 to {} bytes, not {}", kMaxPayload, size));
  }
  payload.set_type(type);
  payload.mutable_body()->assign(static_cast<std::size_t>(size), '\0');
}

/// The status that a client asks for.
Status requested(const EchoStatus& status) {
  if (status.code() == 0) return {};
  if (status.code() < 0 || status.code() > 16) return invalid_argument("there is no status code {}", status.code());
  return {static_cast<StatusCode>(status.code()), status.message()};
}

/// Fails the call when its client says that this request is compressed, and it is not.
template <class Request>
void check_compression(const ServerContext& context, const Request& request) {
  if (!request.expect_compressed().value() || context.received_compressed()) return;
  throw StatusError(invalid_argument("the request should be compressed, and it is not"));
}

/// Whether a message is compressed is said message by message, but that some may be, with the head.
void announce_compression(ServerContext& context, const OutputRequest& request) {
  const auto compressed = [](const ResponseParameters& parameters) { return parameters.compressed().value(); };
  if (std::ranges::none_of(request.response_parameters(), compressed)) return;
  context.set_compression(true);
  context.send_initial_metadata();
}

/// The responses that one request asks for.
Generator<OutputResponse> respond(ServerContext& context, const OutputRequest& request) {
  announce_compression(context, request);
  for (const auto& parameters : request.response_parameters()) {
    if (parameters.interval_us() > 0) co_await sleep_for(std::chrono::microseconds(parameters.interval_us()));
    if (parameters.has_compressed()) context.set_compression(parameters.compressed().value());
    OutputResponse response;
    fill(*response.mutable_payload(), request.response_type(), parameters.size());
    co_yield std::move(response);
  }
}

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

TestService::TestService(std::shared_ptr<ServerLoad> load) : load_(std::move(load)), server_id_(random_id()) {}

Task<Result<TestService::Empty>> TestService::EmptyCall(ServerContext&, const Empty&) { co_return Empty(); }

Task<Result<TestService::SimpleResponse>> TestService::UnaryCall(ServerContext& context, const SimpleRequest& request) {
  check_compression(context, request);
  if (auto status = requested(request.response_status()); !status.ok()) co_return status;
  if (request.has_response_compressed()) context.set_compression(request.response_compressed().value());
  SimpleResponse response;
  fill(*response.mutable_payload(), request.response_type(), request.response_size());
  if (request.has_orca_per_query_report()) {
    const auto report = load_report_of(request.orca_per_query_report()).SerializeAsString();
    context.trailing_metadata().add(kLoadReportKey, report);
  }
  if (request.fill_server_id()) response.set_server_id(server_id_);
  co_return response;
}

Task<Result<TestService::SimpleResponse>> TestService::CacheableUnaryCall(ServerContext& context,
                                                                          const SimpleRequest&) {
  context.initial_metadata().add("cache-control", "max-age=60, public");
  const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  SimpleResponse response;
  response.mutable_payload()->set_body(std::to_string(now.count()));
  co_return response;
}

Generator<OutputResponse> TestService::StreamingOutputCall(ServerContext& context, const OutputRequest& request) {
  if (auto status = requested(request.response_status()); !status.ok()) co_yield status;
  auto responses = respond(context, request);
  while (auto response = co_await responses.next()) co_yield std::move(*response);
}

Task<Result<TestService::InputResponse>> TestService::StreamingInputCall(ServerContext& context,
                                                                         Reader<InputRequest>& requests) {
  std::int64_t size = 0;
  while (auto request = co_await requests.next()) {
    check_compression(context, *request);
    size += static_cast<std::int64_t>(request->payload().body().size());
  }
  InputResponse response;
  response.set_aggregated_payload_size(static_cast<std::int32_t>(std::min<std::int64_t>(size, INT32_MAX)));
  co_return response;
}

Task<Status> TestService::FullDuplexCall(ServerContext& context, Reader<OutputRequest>& requests,
                                         Writer<OutputResponse>& responses) {
  ServerLoad::Turn load(*load_);
  while (auto request = co_await requests.next()) {
    if (auto status = requested(request->response_status()); !status.ok()) co_return status;
    if (request->has_orca_oob_report()) {
      auto turn = load.take();
      co_await std::move(turn);
      load.set(load_report_of(request->orca_oob_report()));
    }
    auto answers = respond(context, *request);
    while (auto answer = co_await answers.next()) co_await responses.write(*answer);
  }
  co_return Status();
}

Generator<OutputResponse> TestService::HalfDuplexCall(ServerContext& context, Reader<OutputRequest>& requests) {
  OutputRequest all;
  while (auto request = co_await requests.next()) {
    if (auto status = requested(request->response_status()); !status.ok()) co_yield status;
    all.mutable_response_parameters()->MergeFrom(request->response_parameters());
    if (all.response_parameters_size() > kMaxHeldResponses) {
      co_yield resource_exhausted("one call may ask for {} responses", kMaxHeldResponses);
    }
  }
  auto responses = respond(context, all);
  while (auto response = co_await responses.next()) co_yield std::move(*response);
}

}  // namespace plinth::interop

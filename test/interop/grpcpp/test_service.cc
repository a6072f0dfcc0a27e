#include "test_service.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "message_flags.h"

namespace grpcpp_interop {

namespace {

using grpc::Status;

void echo_metadata(grpc::ServerContext& context) {
  const auto copy = [&](const char* key, auto add) {
    const auto [begin, end] = context.client_metadata().equal_range(key);
    std::for_each(begin, end, [&](const auto& pair) { add(key, std::string(pair.second.data(), pair.second.size())); });
  };
  copy("x-grpc-test-echo-initial", [&](auto key, auto value) { context.AddInitialMetadata(key, value); });
  copy("x-grpc-test-echo-trailing-bin", [&](auto key, auto value) { context.AddTrailingMetadata(key, value); });
}

template <class Request>
Status check_compression(grpc::ServerContext& context, const Request& request) {
  if (!request.has_expect_compressed()) return Status::OK;
  const bool compressed = received_compressed(context.c_call());
  if (compressed == request.expect_compressed().value()) return Status::OK;
  return {grpc::StatusCode::INVALID_ARGUMENT,
          compressed ? "the request is compressed" : "the request is not compressed"};
}

template <class Request>
Status requested_status(const Request& request) {
  if (!request.has_response_status()) return Status::OK;
  return {static_cast<grpc::StatusCode>(request.response_status().code()), request.response_status().message()};
}

void fill(grpc::testing::Payload& payload, std::int32_t size) {
  payload.mutable_body()->assign(static_cast<std::size_t>(size), '\0');
}

bool wants_compression(const TestService::OutputRequest& request) {
  return std::ranges::any_of(request.response_parameters(), [](const auto& one) { return one.compressed().value(); });
}

template <class Writer>
void respond(grpc::ServerContext& context, const TestService::OutputRequest& request, Writer& writer) {
  if (wants_compression(request)) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  for (const auto& parameters : request.response_parameters()) {
    std::this_thread::sleep_for(std::chrono::microseconds(parameters.interval_us()));
    grpc::WriteOptions options;
    if (parameters.has_compressed() && !parameters.compressed().value()) options.set_no_compression();
    TestService::OutputResponse response;
    fill(*response.mutable_payload(), parameters.size());
    writer.Write(response, options);
  }
}

}  // namespace

Status TestService::EmptyCall(grpc::ServerContext* context, const Empty*, Empty*) {
  echo_metadata(*context);
  return Status::OK;
}

Status TestService::UnaryCall(grpc::ServerContext* context, const SimpleRequest* request, SimpleResponse* response) {
  echo_metadata(*context);
  if (auto status = check_compression(*context, *request); !status.ok()) return status;
  if (request->response_compressed().value()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
  fill(*response->mutable_payload(), request->response_size());
  if (request->fill_server_id()) response->set_server_id("grpc++");
  return requested_status(*request);
}

Status TestService::StreamingOutputCall(grpc::ServerContext* context, const OutputRequest* request,
                                        grpc::ServerWriter<OutputResponse>* writer) {
  echo_metadata(*context);
  respond(*context, *request, *writer);
  return requested_status(*request);
}

Status TestService::StreamingInputCall(grpc::ServerContext* context, grpc::ServerReader<InputRequest>* reader,
                                       InputResponse* response) {
  echo_metadata(*context);
  InputRequest request;
  std::int32_t size = 0;
  while (reader->Read(&request)) {
    if (auto status = check_compression(*context, request); !status.ok()) return status;
    size += static_cast<std::int32_t>(request.payload().body().size());
  }
  response->set_aggregated_payload_size(size);
  return Status::OK;
}

Status TestService::FullDuplexCall(grpc::ServerContext* context,
                                   grpc::ServerReaderWriter<OutputResponse, OutputRequest>* stream) {
  echo_metadata(*context);
  OutputRequest request;
  while (stream->Read(&request)) {
    if (auto status = requested_status(request); !status.ok()) return status;
    respond(*context, request, *stream);
  }
  return Status::OK;
}

}  // namespace grpcpp_interop

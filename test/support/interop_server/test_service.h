#pragma once

#include <memory>
#include <string>

#include "grpc/testing/messages.pb.h"
#include "grpc/testing/test.pb.h"
#include "grpc/testing/test.plinth.h"
#include "server_load.h"

namespace plinth::interop {

/// grpc.testing.TestService with the features that gRPC's interop-test-descriptions.md asks of a server: payloads of
/// the size asked for, requested statuses, intervals between responses, compression both ways, load reports, an id of
/// this server. UnimplementedCall stays unimplemented, which is its purpose. Metadata is echoed by EchoMetadata.
class TestService final : public ::grpc::testing::TestService::Servicer {
 public:
  using Empty = ::grpc::testing::Empty;
  using SimpleRequest = ::grpc::testing::SimpleRequest;
  using SimpleResponse = ::grpc::testing::SimpleResponse;
  using InputRequest = ::grpc::testing::StreamingInputCallRequest;
  using InputResponse = ::grpc::testing::StreamingInputCallResponse;
  using OutputRequest = ::grpc::testing::StreamingOutputCallRequest;
  using OutputResponse = ::grpc::testing::StreamingOutputCallResponse;

  explicit TestService(std::shared_ptr<ServerLoad> load);

  Task<Result<Empty>> EmptyCall(ServerContext& context, const Empty& request) override;
  Task<Result<SimpleResponse>> UnaryCall(ServerContext& context, const SimpleRequest& request) override;
  /// Answers with the time, which a cache in between may keep for a minute.
  Task<Result<SimpleResponse>> CacheableUnaryCall(ServerContext& context, const SimpleRequest& request) override;
  Generator<OutputResponse> StreamingOutputCall(ServerContext& context, const OutputRequest& request) override;
  Task<Result<InputResponse>> StreamingInputCall(ServerContext& context, Reader<InputRequest>& requests) override;

  using Servicer::FullDuplexCall;
  Task<Status> FullDuplexCall(ServerContext& context, Reader<OutputRequest>& requests,
                              Writer<OutputResponse>& responses) override;
  /// Answers when the client has sent its last request.
  using Servicer::HalfDuplexCall;
  Generator<OutputResponse> HalfDuplexCall(ServerContext& context, Reader<OutputRequest>& requests) override;

 private:
  std::shared_ptr<ServerLoad> load_;
  std::string server_id_;
};

}  // namespace plinth::interop

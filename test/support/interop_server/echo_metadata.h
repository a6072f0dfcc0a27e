#pragma once

#include "plinth/interceptor.h"

namespace plinth::interop {

/// Sends back two keys of the request's metadata: x-grpc-test-echo-initial in the initial metadata, and
/// x-grpc-test-echo-trailing-bin in the trailing.
class EchoMetadata final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "EchoMetadata"; }
  Task<Status> intercept(CallContext& call, Next next) override;
};

}  // namespace plinth::interop

#include "echo_metadata.h"

namespace plinth::interop {

namespace {

void copy(std::string_view key, const Metadata& from, Metadata& to) {
  for (const auto value : from.get_all(key)) to.add(key, value);
}

}  // namespace

Task<Status> EchoMetadata::intercept(CallContext& call, Next next) {
  copy("x-grpc-test-echo-initial", call.request_metadata(), call.initial_metadata());
  copy("x-grpc-test-echo-trailing-bin", call.request_metadata(), call.trailing_metadata());
  return next();
}

}  // namespace plinth::interop

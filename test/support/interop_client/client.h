#pragma once

#include <memory>
#include <optional>

#include "flags.h"
#include "grpc/testing/test.pb.h"
#include "grpc/testing/test.plinth.h"
#include "plinth/client.h"
#include "witness.h"

namespace plinth::interop {

/// What the cases call with: one channel to the server of the flags.
class Client {
 public:
  using Stub = ::grpc::testing::TestService::Stub;

  /// Throws StatusError when the flags make no channel.
  explicit Client(Flags flags);

  Stub& stub() { return *stub_; }
  const std::shared_ptr<Channel>& channel() const { return channel_; }
  const Witness& witness() const { return *witness_; }
  const SoakFlags& soak() const { return flags_.soak; }

  /// Closes the channel, and makes a new one.
  void renew_channel();

 private:
  Flags flags_;
  std::shared_ptr<Witness> witness_;
  GrpcClientFactory factory_;
  std::shared_ptr<Channel> channel_;
  std::optional<Stub> stub_;
};

}  // namespace plinth::interop

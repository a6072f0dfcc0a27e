#pragma once

#include <optional>

#include "plinth/test/probe.pb.h"
#include "plinth/test/probe.plinth.h"

namespace plinth::test {

/// The Echo of plinth.test.Probe, by asking the Echo of the next service, if there is one. What came along as baggage
/// is noted in the span of the call.
class RelayServicer final : public Probe::Servicer {
 public:
  explicit RelayServicer(std::optional<Probe::Stub> next) : next_(std::move(next)) {}

  Task<Result<EchoReply>> Echo(ServerContext& context, const EchoRequest& request) override;

 private:
  std::optional<Probe::Stub> next_;
};

}  // namespace plinth::test

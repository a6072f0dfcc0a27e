#pragma once

#include <atomic>
#include <cstdint>

#include "plinth/test/probe.pb.h"
#include "plinth/test/probe.plinth.h"

namespace plinth::test {

/// plinth.test.Probe; its .proto says what each method does.
class ProbeServicer final : public Probe::Servicer {
 public:
  Task<Result<Nothing>> Throw(ServerContext& context, const ThrowRequest& request) override;
  Task<Result<Nothing>> Fail(ServerContext& context, const FailRequest& request) override;
  Task<Result<Nothing>> Hang(ServerContext& context, const Nothing& request) override;
  Generator<Chunk> Flood(ServerContext& context, const FloodRequest& request) override;
  Task<Result<DrainReply>> Drain(ServerContext& context, Reader<Chunk>& chunks) override;
  using Servicer::Chat;
  Generator<Chunk> Chat(ServerContext& context, Reader<Chunk>& chunks) override;
  Task<Result<EchoReply>> Echo(ServerContext& context, const EchoRequest& request) override;
  Task<Result<StatsReply>> Stats(ServerContext& context, const Nothing& request) override;

 private:
  class Hanging;

  std::atomic<std::int64_t> hanging_ = 0;
  std::atomic<std::int64_t> cancelled_ = 0;
};

}  // namespace plinth::test

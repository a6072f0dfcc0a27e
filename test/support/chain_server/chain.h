#pragma once

#include "plinth/test/chain.pb.h"
#include "plinth/test/chain.plinth.h"

namespace plinth::test {

/// plinth.test.Chain; its .proto says what each method does.
class ChainServicer final : public Chain::Servicer {
 public:
  Task<Result<Report>> Unary(ServerContext& context, const Order& order) override;
  Generator<Report> ServerStreaming(ServerContext& context, const Order& order) override;
  Task<Result<Report>> ClientStreaming(ServerContext& context, Reader<Order>& orders) override;
  using Servicer::Bidirectional;
  Generator<Report> Bidirectional(ServerContext& context, Reader<Order>& orders) override;
};

}  // namespace plinth::test

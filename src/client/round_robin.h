#pragma once

#include <cstddef>

#include "client/random_index.h"
#include "client/ready_set.h"

namespace plinth::client {

/// The ready backends in turn (gRPC's load-balancing.md). Each begins somewhere else in the list, so that clients that
/// start together do not fall upon one backend together.
class RoundRobin final : public ReadySet {
 public:
  explicit RoundRobin(Host& host, RandomIndex random = random_index);

 private:
  Subchannel& choose(std::span<Subchannel* const> ready) override;

  std::size_t next_;
};

}  // namespace plinth::client

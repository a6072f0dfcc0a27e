#pragma once

#include <cstddef>

#include "client/random_index.h"
#include "client/ready_set.h"

namespace plinth::client {

struct LeastRequestOptions {
  /// How many backends are compared for each call: from 2 to 10, as A48 has it; what is outside becomes the bound.
  std::size_t choice_count = 2;
};

/// The one with the fewest calls of some ready backends, taken at random (gRFC A48). The same backend may be taken
/// twice; of equal ones the first is used.
class LeastRequest final : public ReadySet {
 public:
  LeastRequest(Host& host, LeastRequestOptions options, RandomIndex random = random_index);

 private:
  Subchannel& choose(std::span<Subchannel* const> ready) override;

  std::size_t choice_count_;
  RandomIndex random_;
};

}  // namespace plinth::client

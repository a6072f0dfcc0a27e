#pragma once

#include <string>

#include <fmt/format.h>

#include "plinth/load_balancer.h"

namespace plinth::client {

/// Why a subchannel has failed, with its address: most sentences have it already.
inline std::string named_failure(const Subchannel& subchannel) {
  const auto& why = subchannel.failure().message();
  return why.contains(subchannel.address()) ? why : fmt::format("{}: {}", subchannel.address(), why);
}

}  // namespace plinth::client

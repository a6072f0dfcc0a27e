#pragma once

#include <cstddef>
#include <cstdint>

#include "plinth/metadata.h"
#include "plinth/status.h"

namespace plinth::test {

/// What a caller has seen of one call.
struct Outcome {
  Status status;
  /// Responses, and the bytes of their data.
  std::size_t messages = 0;
  std::size_t bytes = 0;
  /// What the server says that it has received, how much time the call had left there, and who it is; 0: it says
  /// nothing.
  std::int64_t received = 0;
  std::int64_t remaining_ms = 0;
  std::int64_t server = 0;
  /// From underneath: see CallWatch.
  std::size_t attempts = 0;
  Metadata initial;
  Metadata trailing;
};

}  // namespace plinth::test

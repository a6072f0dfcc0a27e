#pragma once

#include <memory>
#include <string>

#include "net/byte_stream.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::client {

/// How a channel gets from an address to bytes. May be used by all workers at the same time.
class Connector {
 public:
  virtual ~Connector() = default;

  /// Connects, on this worker. UNAVAILABLE with a sentence that names the address and what was wrong.
  virtual Task<Result<std::unique_ptr<net::ByteStream>>> connect(std::string address) = 0;

  /// Whether the bytes are encrypted.
  virtual bool secure() const noexcept = 0;
};

}  // namespace plinth::client

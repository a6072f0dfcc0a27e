#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <system_error>

#include "base/bytes.h"
#include "plinth/peer.h"
#include "plinth/task.h"

namespace plinth::net {

using IoResult = std::expected<std::size_t, std::error_code>;

/// A connection as bytes, on one worker. One read and one write may wait at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Awaits bytes and puts what is there into `space`; 0 when the peer has sent its last.
  virtual Task<IoResult> read_some(std::span<std::byte> space) = 0;

  /// Awaits until everything has been handed to the network. `pieces` and what they show must live until then.
  virtual Task<std::error_code> write_all(std::span<const base::ByteView> pieces) = 0;

  /// Says that nothing more will be written; reading goes on.
  virtual void shut_write() noexcept = 0;

  /// Ends both directions. What waits ends with an error.
  virtual void close() noexcept = 0;

  virtual const Peer& peer() const noexcept = 0;
};

}  // namespace plinth::net

#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <vector>

#include "net/byte_stream.h"
#include "net/socket.h"
#include "net/tls_context.h"
#include "net/tls_protocol.h"

namespace plinth::net {

/// TLS over a socket, either side of it, on the current worker.
class TlsStream final : public ByteStream {
 public:
  TlsStream(Socket socket, TlsContext& context, TlsRole ours, TlsProtocol protocol = TlsProtocol::kHttp2);

  /// Once, before anything else. Fails, in the words of `tls_error`, unless both ends have agreed on h2, if that is
  /// the protocol.
  Task<std::error_code> handshake();

  /// For what is asked for before the handshake.
  boost::asio::ssl::stream<Socket>& tls() noexcept { return tls_; }

  Task<IoResult> read_some(std::span<std::byte> space) override;
  Task<std::error_code> write_all(std::span<const base::ByteView> pieces) override;

  /// Says close_notify first (RFC 8446, section 6.1): left out when a write has not ended, or the network takes nothing
  /// more at the moment.
  void shut_write() noexcept override;
  void close() noexcept override;
  const Peer& peer() const noexcept override { return peer_; }

 private:
  void send_close_notify() noexcept;

  boost::asio::ssl::stream<Socket> tls_;
  TlsRole ours_;
  TlsProtocol protocol_;
  Peer peer_;
  std::vector<boost::asio::const_buffer> buffers_;
  bool writing_ = false;
};

}  // namespace plinth::net

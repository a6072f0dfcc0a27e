#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <string>

#include "net/byte_stream.h"

namespace plinth::net {

/// A connected socket of any kind: TCP or Unix.
using Socket = boost::asio::generic::stream_protocol::socket;

/// The name of the other end, as `Endpoint` writes it; "unix:" when it has no path, "unknown:" when it is gone.
std::string peer_address(const Socket& socket);

/// The other end, as far as the socket knows it.
Peer peer_of(Socket& socket);

/// `socket` as a byte stream, in the clear. Its io_context must be that of the current worker.
std::unique_ptr<ByteStream> make_socket_stream(Socket socket);

}  // namespace plinth::net

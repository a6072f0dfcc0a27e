#pragma once

#include <cstdint>

namespace plinth::net {

/// What a client speaks over TLS (RFC 7301): h2, which the server must choose, or http/1.1, which it need not name.
enum class TlsProtocol : std::uint8_t { kHttp2, kHttp1 };

}  // namespace plinth::net

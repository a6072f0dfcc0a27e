#pragma once

#include <chrono>
#include <memory>

#include "admin/site.h"
#include "net/byte_stream.h"
#include "plinth/deadline.h"

namespace plinth::admin {

/// Answers the requests of one connection, one after the other (HTTP/1.1, RFC 9112), until the client ends it, asks for
/// its end, or sends what is no request: that gets a short answer, and the connection ends. A request may have 8 KiB of
/// head and 4 KiB of body. Between requests a client may be silent for `silence`; a request that has begun, and taking
/// an answer, must be done within 10 s.
Task<void> serve_http(net::ByteStream& stream, const Site& site, Duration silence = std::chrono::minutes(1));

/// For a client for whom there is no place: 503, and the end.
Task<void> refuse_http(net::ByteStream& stream);

}  // namespace plinth::admin

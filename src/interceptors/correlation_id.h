#pragma once

#include <string>
#include <string_view>

#include "plinth/call_context.h"

namespace plinth::interceptors {

/// A UUID of version 4 (RFC 9562, section 5.4), from a generator of this thread. Unique, not secret.
std::string new_uuid();

/// 1 to 128 visible ASCII characters, without quotes and backslashes.
bool is_correlation_id(std::string_view text) noexcept;

/// Finds the id of a call, or makes it; attaches it; and sends it on: back to the caller (server), with the request
/// (client). Before the interceptor's first co_await.
const std::string& correlate(CallContext& call);

/// Of a server's call that has failed before its first message: the id goes back with the status. Metadata before it
/// would be an answer, after which no client tries again (gRFC A6).
void echo_with_status(CallContext& call, std::string_view id);

}  // namespace plinth::interceptors

#pragma once

#include <string>
#include <string_view>

namespace plinth::wire {

/// Whether `percent_encode` would give the text back as it is.
bool is_percent_safe(std::string_view text) noexcept;

/// grpc-message: every byte outside of space to '~', and '%', as %XX; a space at either end too, because HTTP/2 allows
/// none there (RFC 9113, section 8.2.1).
std::string percent_encode(std::string_view text);

/// The other way. A '%' that no two hex digits follow stands for itself: PROTOCOL-HTTP2.md forbids to lose the message.
std::string percent_decode(std::string_view text);

}  // namespace plinth::wire

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plinth::wire {

/// The value of a "-bin" key: base64 of RFC 4648, section 4, without padding.
std::string base64_encode(std::string_view bytes);

/// Takes it padded or not, with any bits in the rest of the last character. Nothing when it is malformed.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace plinth::wire

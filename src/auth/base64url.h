#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plinth::auth {

/// Base64 of RFC 4648, section 5, as RFC 7515 wants it: without padding, white space or bits that belong to no byte.
/// Nothing when the text is anything else, so that no two texts have the same bytes.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace plinth::auth

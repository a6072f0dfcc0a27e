#pragma once

#include <string_view>

#include "plinth/metadata.h"

namespace plinth::auth {

/// The token of the one `authorization: Bearer <token>` of a request (RFC 6750, section 2.1); empty when there is none,
/// more than one, or something else. Valid as long as the metadata.
std::string_view bearer_token(const Metadata& request) noexcept;

/// Whether this may stand behind "Bearer ": one word of characters that tokens have.
bool is_token_text(std::string_view text) noexcept;

}  // namespace plinth::auth

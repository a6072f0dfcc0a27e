#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace plinth::errors {

constexpr std::size_t kLongestDetailText = 512;

/// A text for a message that goes to a peer.
inline std::string detail_text(std::string_view text) { return base::valid_utf8(text, kLongestDetailText); }

}  // namespace plinth::errors

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "telemetry/utf8.h"

namespace plinth::interceptors {

constexpr std::size_t kLongestDetailText = 512;

/// A text for a message that goes to a peer.
inline std::string detail_text(std::string_view text) { return telemetry::valid_utf8(text, kLongestDetailText); }

}  // namespace plinth::interceptors

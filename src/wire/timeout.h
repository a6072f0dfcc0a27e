#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "plinth/deadline.h"

namespace plinth::wire {

/// grpc-timeout of PROTOCOL-HTTP2.md: 1 to 8 digits and a unit of H M S m u n. Nothing when it is malformed.
/// Zero is a timeout that has passed; what the clock cannot hold is Duration::max().
std::optional<Duration> parse_timeout(std::string_view text) noexcept;

/// As exact as eight digits can be, rounded up, and then in the largest unit that does not change it: 30 s are "30S".
/// Written into `buffer`. A negative timeout is "0n".
std::string_view format_timeout(Duration timeout, std::array<char, 16>& buffer) noexcept;

}  // namespace plinth::wire

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plinth::telemetry {

/// `text`, of at most `longest` bytes, as UTF-8, which is all that protobuf's strings may hold: cut between characters;
/// in a text that is malformed every byte outside of ASCII becomes '?'.
std::string valid_utf8(std::string_view text, std::size_t longest);

}  // namespace plinth::telemetry

#pragma once

#include <string>
#include <string_view>

namespace plinth::test {

/// Throws the error of that name. `message` is its message, for the log; of those that tell the peer more, what they
/// tell is "Resource" "7", the field "page_size" and 1.5 s.
[[noreturn]] void throw_error(std::string_view name, const std::string& message);

}  // namespace plinth::test

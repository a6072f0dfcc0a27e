#pragma once

#include <string>
#include <string_view>

namespace app {

/// What somebody who has just started the program at a terminal may type next. `address` is the one that the server
/// listens at.
std::string banner(std::string_view address, bool tls);

}  // namespace app

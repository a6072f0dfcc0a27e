#pragma once

#include <cstddef>
#include <string>

#include "plinth/status.h"

namespace plinth::auth {

/// The whole of a file. FAILED_PRECONDITION, with its name and the reason, when it cannot be read or is longer than
/// `max_size`. Blocks.
Result<std::string> read_file(const std::string& path, std::size_t max_size);

}  // namespace plinth::auth

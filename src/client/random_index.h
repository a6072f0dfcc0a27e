#pragma once

#include <cstddef>
#include <functional>

namespace plinth::client {

/// Gives one of the numbers below `count`, which is at least 1.
using RandomIndex = std::move_only_function<std::size_t(std::size_t count)>;

/// All of them equally often, from an engine of this thread.
std::size_t random_index(std::size_t count);

}  // namespace plinth::client

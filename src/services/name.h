#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plinth::services {

/// Nothing has a longer name: those that strangers send are not even looked up.
inline constexpr std::size_t kMaxNameSize = 1000;

/// A stranger's name for the text of an error, which may travel in header fields: in quotes; of a long one, the size.
std::string shown(std::string_view name);

}  // namespace plinth::services

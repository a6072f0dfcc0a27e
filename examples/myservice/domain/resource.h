#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "plinth/status.h"

namespace app {

/// A named thing in the catalogue.
struct Resource {
  std::string id;
  std::string name;

  friend bool operator==(const Resource&, const Resource&) = default;
};

inline constexpr std::size_t kMaxIdSize = 128;
inline constexpr std::size_t kMaxNameSize = 1024;

/// OK when it can be an id, INVALID_ARGUMENT with the rule otherwise.
plinth::Status check_id(std::string_view id);

/// OK when the resource may be stored, INVALID_ARGUMENT with the rule that it breaks otherwise.
plinth::Status check(const Resource& resource);

}  // namespace app

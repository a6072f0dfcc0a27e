#include "services/name.h"

#include <fmt/format.h>

namespace plinth::services {

namespace {
constexpr std::size_t kMaxShown = 200;
}

std::string shown(std::string_view name) {
  if (name.size() > kMaxShown) return fmt::format("(a name of {} bytes)", name.size());
  return fmt::format("\"{}\"", name);
}

}  // namespace plinth::services

#include "domain/resource.h"

namespace app {

namespace {

plinth::Status check_size(std::string_view field, std::string_view value, std::size_t most) {
  if (!value.empty() && value.size() <= most) return {};
  return plinth::invalid_argument("{} must have 1 to {} bytes, it has {}", field, most, value.size());
}

}  // namespace

plinth::Status check_id(std::string_view id) { return check_size("id", id, kMaxIdSize); }

plinth::Status check(const Resource& resource) {
  if (auto status = check_id(resource.id); !status.ok()) return status;
  return check_size("name", resource.name, kMaxNameSize);
}

}  // namespace app

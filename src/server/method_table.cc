#include "server/method_table.h"

#include <algorithm>

namespace plinth::server {

Status MethodTable::add(std::shared_ptr<BaseServicer> servicer, bool operational) {
  if (has_service(servicer->service_name())) {
    return already_exists("the server has a servicer for {} already", servicer->service_name());
  }
  for (const auto& handler : servicer->methods()) {
    entries_[handler.method.path] = {&handler, servicer.get(), operational};
  }
  servicers_.push_back(std::move(servicer));
  return {};
}

const MethodTable::Entry* MethodTable::find(std::string_view path) const noexcept {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : &found->second;
}

bool MethodTable::has_service(std::string_view name) const noexcept {
  return std::ranges::any_of(servicers_, [&](const auto& servicer) { return servicer->service_name() == name; });
}

}  // namespace plinth::server

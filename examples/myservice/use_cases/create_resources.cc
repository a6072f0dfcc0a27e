#include "use_cases/create_resources.h"

#include <utility>
#include <vector>

namespace app {

plinth::Task<plinth::Result<std::size_t>> CreateResourcesUseCase::execute(plinth::Generator<Resource> resources) {
  std::vector<Resource> all;
  while (auto resource = co_await resources.next()) {
    if (auto status = check(*resource); !status.ok()) co_return status;
    if (all.size() == kMost) co_return plinth::resource_exhausted("one call may store {} resources", kMost);
    all.push_back(std::move(*resource));
  }
  const auto count = all.size();
  auto conflict = co_await repository_.insert_all(std::move(all));
  if (conflict) co_return plinth::already_exists("Resource {} exists already", *conflict);
  co_return count;
}

}  // namespace app

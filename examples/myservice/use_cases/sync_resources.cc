#include "use_cases/sync_resources.h"

#include <utility>

namespace app {

plinth::Generator<Resource> SyncResourcesUseCase::execute(plinth::Generator<Resource> resources) {
  while (auto resource = co_await resources.next()) {
    if (auto status = check(*resource); !status.ok()) co_yield status;
    auto stored = co_await repository_.upsert(std::move(*resource));
    co_yield std::move(stored);
  }
}

}  // namespace app

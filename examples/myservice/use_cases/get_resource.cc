#include "use_cases/get_resource.h"

#include <utility>

namespace app {

plinth::Task<std::optional<Resource>> GetResourceUseCase::execute(std::string id) {
  return repository_.find(std::move(id));
}

}  // namespace app

#pragma once

#include <optional>
#include <string>

#include "repositories/resource_repository.h"

namespace app {

class GetResourceUseCase {
 public:
  explicit GetResourceUseCase(ResourceRepository& repository) : repository_(repository) {}

  /// The resource of that id; none when there is no such id.
  plinth::Task<std::optional<Resource>> execute(std::string id);

 private:
  ResourceRepository& repository_;
};

}  // namespace app

#pragma once

#include "plinth/generator.h"
#include "repositories/resource_repository.h"

namespace app {

class SyncResourcesUseCase {
 public:
  explicit SyncResourcesUseCase(ResourceRepository& repository) : repository_(repository) {}

  /// Stores each resource as it comes, in place of the one of its id, and gives what is stored then. Ends with
  /// INVALID_ARGUMENT at the first one that is invalid; what came before it stays.
  plinth::Generator<Resource> execute(plinth::Generator<Resource> resources);

 private:
  ResourceRepository& repository_;
};

}  // namespace app

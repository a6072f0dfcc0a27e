#pragma once

#include <cstddef>

#include "plinth/generator.h"
#include "plinth/status.h"
#include "repositories/resource_repository.h"

namespace app {

class CreateResourcesUseCase {
 public:
  /// What one call may store: it waits in memory until the stream has ended.
  static constexpr std::size_t kMost = 10'000;

  explicit CreateResourcesUseCase(ResourceRepository& repository) : repository_(repository) {}

  /// Stores all of them and says how many there were; or none, when one is invalid (INVALID_ARGUMENT), exists or comes
  /// twice (ALREADY_EXISTS), or when there are more than kMost (RESOURCE_EXHAUSTED).
  plinth::Task<plinth::Result<std::size_t>> execute(plinth::Generator<Resource> resources);

 private:
  ResourceRepository& repository_;
};

}  // namespace app

#pragma once

#include <cstddef>

#include "plinth/generator.h"
#include "repositories/resource_repository.h"

namespace app {

class ListResourcesUseCase {
 public:
  explicit ListResourcesUseCase(ResourceRepository& repository) : repository_(repository) {}

  /// The first `count` resources in order. Holds a few of them at a time, whatever the count is.
  plinth::Generator<Resource> execute(std::size_t count);

 private:
  ResourceRepository& repository_;
};

}  // namespace app

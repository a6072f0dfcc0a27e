#pragma once

#include "repositories/resource_repository.h"

namespace app {

/// Gives an empty repository something to show: the resources "1" to "200". Leaves any other as it is.
plinth::Task<void> add_demo_data(ResourceRepository& repository);

}  // namespace app

#pragma once

#include <string>
#include <vector>

#include "plinth/method.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::interceptors {

bool is_exempt(const Method& method, const std::vector<std::string>& services);

/// A call that goes no further.
Task<Status> ended_with(Status status);

}  // namespace plinth::interceptors

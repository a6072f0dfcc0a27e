#pragma once

#include "plinth/log.h"
#include "plinth/status.h"

namespace plinth::interceptors {

/// How loud the log is about calls that end so: what this program has done wrong is an error, what overload and other
/// services do to it is a warning, and the rest is the caller's own affair.
LogLevel level_of(StatusCode code) noexcept;

}  // namespace plinth::interceptors

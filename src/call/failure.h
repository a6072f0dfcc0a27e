#pragma once

#include <exception>
#include <string>

#include "plinth/status.h"

namespace plinth::call {

/// The one place where what was thrown becomes a Status. A StatusError gives its own; anything else is INTERNAL with a
/// sentence that tells the peer nothing, and keeps the exception as its cause.
Status status_from(const std::exception_ptr& thrown);

/// The truth about an exception, for logs: its type, and its text.
struct Description {
  std::string type;
  std::string text;
};
Description describe(const std::exception_ptr& thrown);

}  // namespace plinth::call

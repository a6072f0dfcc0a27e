#pragma once

#include <exception>
#include <functional>
#include <string>

#include "plinth/call_context.h"
#include "plinth/status.h"

namespace plinth::call {

/// The one place where what was thrown becomes a Status. A StatusError gives its own; anything else is INTERNAL with a
/// sentence that tells the peer nothing, and keeps the exception as its cause.
Status status_from(const std::exception_ptr& thrown);

/// Attached to a call by an interceptor that knows better what the exceptions inside of it become: another status with
/// the same cause.
struct Translation {
  std::function<Status(const Status&)> translate;
};

/// `status` as the peer will see it, by the Translation of the call, when there is one and it has a cause: so that all
/// interceptors see the same.
Status translated(const CallContext& call, Status status);

/// The truth about an exception, for logs: its type, and its text.
struct Description {
  std::string type;
  std::string text;
};
Description describe(const std::exception_ptr& thrown);

}  // namespace plinth::call

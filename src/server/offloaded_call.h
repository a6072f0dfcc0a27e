#pragma once

#include <memory>
#include <mutex>

#include "call/far_wait.h"
#include "plinth/runtime.h"
#include "plinth/server_context.h"
#include "plinth/servicer.h"
#include "plinth/stream.h"

namespace plinth::server {

/// Runs the handler of a call on a thread for blocking code, with a loop of its own, so that it may both block and
/// await. `context` and `stream` stay on this worker; the handler sees them through what passes its wishes on.
Task<Status> run_offloaded(const MethodHandler& handler, BaseServicer& servicer, ServerContext& context,
                           MessageStream& stream);

}  // namespace plinth::server

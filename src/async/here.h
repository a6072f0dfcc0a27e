#pragma once

#include "base/assert.h"
#include "plinth/runtime.h"

namespace plinth {

/// The worker of this thread, for what can only be done on one.
inline Worker& here() {
  auto* worker = Worker::current();
  PLINTH_ASSERT(worker, "this needs a worker's loop: do it in a handler, or in a coroutine that sync_wait runs");
  return *worker;
}

}  // namespace plinth

#include "witness.h"

#include "plinth/client_context.h"

namespace plinth::interop {

Task<Status> Witness::intercept(CallContext& call, Next next) {
  auto rest = next();
  auto status = co_await std::move(rest);
  std::lock_guard lock(mutex_);
  last_.initial = call.initial_metadata();
  last_.trailing = call.trailing_metadata();
  last_.compressed = call.as_client()->received_compressed();
  co_return status;
}

Witness::Seen Witness::last() const {
  std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace plinth::interop

#include "plinth/call_context.h"

#include "plinth/runtime.h"

namespace plinth {

CallContext* CallContext::current() noexcept {
  const auto* scope = CancelScope::current();
  return scope ? scope->call() : nullptr;
}

Duration CallContext::remaining() const noexcept {
  const auto* worker = Worker::current();
  return deadline_.remaining(worker ? worker->now() : Clock::now());
}

void CallContext::observe_messages(MessageObserver observer) { observers_.push_back(std::move(observer)); }

}  // namespace plinth

#include "plinth/event.h"

#include <atomic>

#include "async/here.h"
#include "async/signal.h"
#include "base/assert.h"
#include "plinth/runtime.h"

namespace plinth {

struct Event::State {
  explicit State(Worker& home) noexcept : worker(home) {}

  Worker& worker;
  Signal signal;
  /// Whether a function of this event waits in the worker's queue: one is enough for any number of `set`.
  std::atomic<bool> posted = false;
};

Event::Event() : state_(std::make_shared<State>(here())) {}

void Event::set() const {
  auto& state = *state_;
  if (Worker::current() == &state.worker) return state.signal.set();
  if (state.posted.exchange(true)) return;
  state.worker.post([state = state_] {
    state->posted.exchange(false);  // before the waiter looks, so that what is set after it has looked is posted again
    state->signal.set();
  });
}

Task<void> Event::wait() const {
  const auto state = state_;
  PLINTH_ASSERT(&here() == &state->worker, "an Event is waited for on the worker that made it");
  co_await state->signal.wait();
}

}  // namespace plinth

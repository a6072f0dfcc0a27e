#include "load.h"

#include <chrono>
#include <vector>

namespace plinth::test {

Task<void> Load::run() {
  return TaskScope::run([this](TaskScope& scope) -> Task<void> {
    scope.spawn(watch_state());
    std::vector<Task<void>> callers;
    for (std::size_t n = 0; n < flags_.concurrency; ++n) callers.push_back(call_one_after_another());
    auto all = when_all(std::move(callers));
    co_await std::move(all);
    scope.cancel(cancelled("all calls have been made"));
  });
}

bool Load::take_turn() {
  const std::chrono::duration<double> passed = Clock::now() - start_;
  if (flags_.duration > 0 && passed.count() >= flags_.duration) return false;
  return begun_++ < flags_.calls || flags_.calls == 0;
}

Task<void> Load::call_one_after_another() {
  while (take_turn()) {
    const auto began = Clock::now();
    auto call = caller_.call();
    const auto outcome = co_await std::move(call);
    report_.tell_call(began, outcome);
    if (flags_.pause_ms == 0) continue;
    auto pause = sleep_for(std::chrono::milliseconds(flags_.pause_ms));
    co_await std::move(pause);
  }
}

Task<void> Load::watch_state() {
  try {
    for (auto state = channel_->state();;) {
      report_.tell_state(state);
      auto change = channel_->changed_from(state);
      state = co_await std::move(change);
    }
  } catch (const StatusError&) {
    // The calls have been made.
  }
}

}  // namespace plinth::test

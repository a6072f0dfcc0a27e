#pragma once

#include <exception>
#include <future>
#include <type_traits>

#include "plinth/runtime.h"

namespace plinth::call {

/// Runs `action` on `home` while this thread, which must not be a worker that others wait for, stands still. Gives what
/// it gives, or throws what it throws.
template <class Action>
auto ask(Worker& home, Action action) {
  std::promise<std::invoke_result_t<Action&>> answer;
  auto future = answer.get_future();
  home.post([&] {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Action&>>) {
        action();
        answer.set_value();
      } else {
        answer.set_value(action());
      }
    } catch (...) {
      answer.set_exception(std::current_exception());
    }
  });
  return future.get();
}

}  // namespace plinth::call

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/event.h"
#include "plinth/runtime.h"
#include "plinth/task.h"

namespace plinth {

/// Asks several workers, each on its own thread, and waits for all that they have answered. A worker that has stopped
/// never answers: who waits must be willing to be cancelled.
template <class T>
class Gathering {
 public:
  /// Runs `look` on `worker`.
  template <class Look>
  void ask(Worker& worker, Look look) {
    ++asked_;
    worker.post([state = state_, look = std::move(look)]() mutable { state->add(look()); });
  }

  /// The answers, in no order.
  Task<std::vector<T>> wait() {
    while (state_->count() < asked_) {
      auto answer = state_->answered.wait();
      co_await std::move(answer);
    }
    co_return std::move(state_->answers);
  }

 private:
  struct State {
    void add(T answer) {
      {
        std::lock_guard lock(mutex);
        answers.push_back(std::move(answer));
      }
      answered.set();
    }
    std::size_t count() {
      std::lock_guard lock(mutex);
      return answers.size();
    }

    Event answered;
    std::mutex mutex;
    std::vector<T> answers;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::size_t asked_ = 0;
};

}  // namespace plinth

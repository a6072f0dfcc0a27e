#include "call/far_wait.h"

#include "plinth/runtime.h"

namespace plinth::call {

/// What both sides know of one wait. The lock keeps the loop that waits alive while it is posted to.
struct FarWait::Bell {
  std::mutex mutex;
  Worker* loop;
  FarWait* owner;
};

void FarWait::wait(std::coroutine_handle<> coroutine, CancelScope* scope, Worker& home,
                   std::move_only_function<Task<void>()> until, Start start) {
  forget();
  told_ = false;
  bell_ = std::make_shared<Bell>();
  bell_->loop = Worker::current();
  bell_->owner = this;
  waiter_.wait(coroutine, scope);
  home.post([bell = bell_, until = std::move(until), start = std::move(start)]() mutable {
    start(ring(bell, std::move(until)));
  });
}

Task<void> FarWait::ring(std::shared_ptr<Bell> bell, std::move_only_function<Task<void>()> until) {
  try {
    auto happening = until();
    co_await std::move(happening);
  } catch (...) {
    // Whoever is told looks at what there is, and gets the error from that.
  }
  std::lock_guard lock(bell->mutex);
  if (!bell->loop) co_return;
  bell->loop->post([bell] {
    if (bell->owner) bell->owner->on_told();
  });
}

void FarWait::on_told() noexcept {
  told_ = true;
  waiter_.wake();
}

void FarWait::check() {
  forget();
  told_ = false;
  waiter_.check();
}

void FarWait::forget() noexcept {
  if (!bell_) return;
  std::lock_guard lock(bell_->mutex);
  bell_->loop = nullptr;
  bell_->owner = nullptr;
}

}  // namespace plinth::call

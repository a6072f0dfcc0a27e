#include "plinth/async.h"

#include <atomic>

#include "async/here.h"
#include "async/offload_pool.h"
#include "async/resume.h"
#include "async/timer_wheel.h"
#include "base/assert.h"

namespace plinth {

namespace {

class Sleep final : public Timer, public CancelScope::Observer {
 public:
  explicit Sleep(TimePoint until) noexcept : worker_(here()), until_(until) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    scope_ = resumption_.set(self);
    if (scope_ && scope_->cancelled()) return false;
    if (scope_) scope_->attach(*this);
    worker_.timers().arm(*this, until_);
    return true;
  }
  void await_resume() const {
    if (scope_) scope_->check();
  }

  void on_timer() noexcept override {
    Observer::unlink();
    resumption_.schedule(worker_);
  }
  void on_cancel(const Status&) noexcept override {
    disarm();
    resumption_.schedule(worker_);
  }

 private:
  Worker& worker_;
  TimePoint until_;
  CancelScope* scope_ = nullptr;
  Resumption resumption_;
};

class Yield {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    scope_ = resumption_.set(self);
    resumption_.schedule(here());
  }
  void await_resume() const {
    if (scope_) scope_->check();
  }

 private:
  CancelScope* scope_ = nullptr;
  Resumption resumption_;
};

/// A function that the pool will run, unless its caller gives up on it first. Whoever claims it decides.
struct Job {
  std::move_only_function<void()> function;
  std::atomic<bool> claimed = false;
  bool claim() noexcept { return !claimed.exchange(true); }
};

class Offload final : public CancelScope::Observer {
 public:
  Offload(OffloadPool::Lane lane, std::move_only_function<void()> function, std::exception_ptr& error)
      : worker_(here()), lane_(lane), job_(std::make_shared<Job>(std::move(function))), error_(error) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    scope_ = resumption_.set(self);
    if (scope_) scope_->check();
    auto refusal = worker_.offload_pool()->submit([this, job = job_] { return job->claim() && run(job->function); },
                                                  [this] { wake(); }, lane_);
    if (!refusal.ok()) throw StatusError(std::move(refusal));
    if (scope_) scope_->attach(*this);
    return true;
  }
  void await_resume() const {
    if (given_up_) throw StatusError(scope_->reason());
  }

  void on_cancel(const Status&) noexcept override {
    if (!job_->claim()) return;
    given_up_ = true;
    resumption_.schedule(worker_);
  }

 private:
  bool run(std::move_only_function<void()>& function) noexcept {
    try {
      function();
    } catch (...) {
      error_ = std::current_exception();
    }
    return true;
  }
  void wake() {
    worker_.post([this] {
      unlink();
      resumption_.on_ready();
    });
  }

  Worker& worker_;
  OffloadPool::Lane lane_;
  std::shared_ptr<Job> job_;
  std::exception_ptr& error_;
  CancelScope* scope_ = nullptr;
  Resumption resumption_;
  bool given_up_ = false;
};

}  // namespace

Task<void> sleep_until(TimePoint when) {
  Sleep sleep(when);
  co_await sleep;
}

Task<void> sleep_for(Duration duration) {
  Sleep sleep(Deadline::after(here().now(), duration).at());
  co_await sleep;
}

Task<void> yield() {
  Yield yield;
  co_await yield;
}

Task<void> offload_to(OffloadPool::Lane lane, std::move_only_function<void()> function, std::exception_ptr& error) {
  Offload offload(lane, std::move(function), error);
  co_await offload;
}

namespace detail {

Task<void> offload(std::move_only_function<void()> function, std::exception_ptr& error) {
  return offload_to(OffloadPool::Lane::kFunctions, std::move(function), error);
}

class TimerHandle final : public Timer {
 public:
  explicit TimerHandle(CancelScope& scope) noexcept : scope_(scope) {}
  void on_timer() noexcept override { scope_.cancel(deadline_exceeded("the timeout has passed")); }

 private:
  CancelScope& scope_;
};

void TimerDeleter::operator()(TimerHandle* timer) const noexcept { delete timer; }

std::unique_ptr<TimerHandle, TimerDeleter> cancel_after(CancelScope& scope, Duration timeout) {
  auto& worker = here();
  std::unique_ptr<TimerHandle, TimerDeleter> timer(new TimerHandle(scope));
  worker.timers().arm(*timer, Deadline::after(worker.now(), timeout).at());
  return timer;
}

class Group::Adopted final : public Child, public ListNode {
 public:
  Adopted(Group& group, Task<void> task) noexcept : Child(group, 0), task_(std::move(task)) {}
  bool start() { return task_.start(&group_.scope_, *this); }
  std::exception_ptr error() const noexcept override { return task_.error(); }
  void on_complete() noexcept override {
    group_.ended_.push_back(*this);
    if (!group_.linked()) here().when_ready(group_);
    Child::on_complete();
  }

 private:
  Task<void> task_;
};

class Group::Waiter {
 public:
  explicit Waiter(Group& group) noexcept : group_(group) {}
  bool await_ready() const noexcept { return group_.running_ == 0; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) noexcept {
    resumption_.set(self);
    group_.waiter_ = this;
  }
  void await_resume() const noexcept {}
  void wake() noexcept { resumption_.schedule(here()); }

 private:
  Group& group_;
  Resumption resumption_;
};

Group::~Group() {
  adopted_.splice_back(ended_);
  while (!adopted_.empty()) delete &adopted_.front();
}

void Group::adopt(Task<void> task) {
  auto* child = new Adopted(*this, std::move(task));
  adopted_.push_back(*child);
  ++running_;
  if (!child->start()) return;
  on_child_done(*child);
  delete child;
}

void Group::on_ready() noexcept {
  while (!ended_.empty()) delete &ended_.front();
}

Task<void> Group::wait() {
  Waiter waiter(*this);
  co_await waiter;
}

void Group::on_child_done(Child& child) noexcept {
  --running_;
  if (!first_) first_ = child.index;
  auto error = child.error();
  if (error || until_ == Until::kFirst) scope_.cancel(cancelled("another task of the group has ended it"));
  if (error && !error_) error_ = std::move(error);
  if (running_ == 0 && waiter_) std::exchange(waiter_, nullptr)->wake();
}

LocalLoop::LocalLoop()
    : offload_(std::make_unique<OffloadPool>(1, 1024)),
      logger_(make_null_logger()),
      worker_(std::make_unique<Worker>(0, offload_.get(), logger_.get())) {
  PLINTH_ASSERT(!Worker::current(), "sync_wait would stop this worker's loop: use co_await here");
  worker_->set_passing();
}

LocalLoop::~LocalLoop() {
  offload_->join();  // its thread may still be inside of the worker's `post`
}

void LocalLoop::run() { worker_->run(); }

void LocalLoop::on_complete() noexcept { worker_->stop(); }

RemoteWait::RemoteWait(Worker& worker) : worker_(worker) {
  PLINTH_ASSERT(!Worker::current(), "sync_wait would stop this worker's loop: use co_await here");
  PLINTH_ASSERT(!worker.stopped(), "sync_wait would wait for ever: call it before the runtime is stopped");
}

void RemoteWait::on_complete() noexcept {
  worker_.post([this] {
    std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_one();
  });
}

void RemoteWait::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return done_; });
}

}  // namespace detail

}  // namespace plinth

#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/runtime.h"
#include "plinth/task.h"

namespace plinth::detail {

template <class T>
using NonVoid = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
NonVoid<T> take_non_void(Task<T>& task) {
  if constexpr (std::is_void_v<T>) {
    task.take();
    return {};
  } else {
    return task.take();
  }
}

template <class Variant, std::size_t... Indices, class... Ts>
Variant take_nth(std::size_t index, std::index_sequence<Indices...>, Task<Ts>&... tasks) {
  std::optional<Variant> value;
  (void)((Indices == index ? (value.emplace(std::in_place_index<Indices>, take_non_void(tasks)), true) : false) || ...);
  return std::move(*value);
}

/// Tasks that run side by side in one scope, and are waited for together.
class Group final : private Worker::Ready {
 public:
  enum class Until { kAll, kFirst };

  explicit Group(CancelScope& scope, Until until = Until::kAll) noexcept : scope_(scope), until_(until) {}
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  CancelScope& scope() noexcept { return scope_; }

  /// Starts a task that the caller keeps until `wait` has ended.
  template <class T>
  void start(Task<T>& task) {
    children_.push_back(std::make_unique<TaskChild<T>>(*this, children_.size(), task));
    auto& child = *children_.back();
    ++running_;
    if (task.start(&scope_, child)) child.on_complete();
  }

  /// Starts a task and keeps it for as long as it runs.
  void adopt(Task<void> task);

  Task<void> wait();

  /// Which was the first to end.
  std::size_t first() const noexcept { return *first_; }
  void rethrow_first() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  class Child : public Completion {
   public:
    Child(Group& group, std::size_t index) noexcept : index(index), group_(group) {}
    virtual ~Child() = default;
    void on_complete() noexcept override { group_.on_child_done(*this); }
    virtual std::exception_ptr error() const noexcept = 0;
    const std::size_t index;

   protected:
    Group& group_;
  };

  template <class T>
  class TaskChild final : public Child {
   public:
    TaskChild(Group& group, std::size_t index, Task<T>& task) noexcept : Child(group, index), task_(task) {}
    std::exception_ptr error() const noexcept override { return task_.error(); }

   private:
    Task<T>& task_;
  };

  class Adopted;
  class Waiter;
  void on_child_done(Child& child) noexcept;
  /// Lets the adopted tasks go that have ended.
  void on_ready() noexcept override;

  CancelScope& scope_;
  Until until_;
  std::vector<std::unique_ptr<Child>> children_;
  List<Adopted> adopted_;
  List<Adopted> ended_;
  std::size_t running_ = 0;
  std::optional<std::size_t> first_;
  std::exception_ptr error_;
  Waiter* waiter_ = nullptr;
};

Task<void> offload(std::move_only_function<void()> function, std::exception_ptr& error);

/// Cancels `scope` with DEADLINE_EXCEEDED after `timeout`, unless it is destroyed before.
class TimerHandle;
struct TimerDeleter {
  void operator()(TimerHandle* timer) const noexcept;
};
std::unique_ptr<TimerHandle, TimerDeleter> cancel_after(CancelScope& scope, Duration timeout);

/// A loop for one task on a thread that is no worker.
class LocalLoop final : public Completion {
 public:
  LocalLoop();
  ~LocalLoop();

  Worker& worker() noexcept { return *worker_; }

  template <class T>
  bool start(Task<T>& task, CancelScope* scope = nullptr) {
    Worker::Turn turn(*worker_);
    return task.start(scope, *this);
  }
  void run();
  void on_complete() noexcept override;

 private:
  std::unique_ptr<OffloadPool> offload_;
  std::shared_ptr<Logger> logger_;
  std::unique_ptr<Worker> worker_;
};

/// Blocks a thread until a task on a worker has ended.
class RemoteWait final : public Completion {
 public:
  explicit RemoteWait(Worker& worker);
  void started(bool done) noexcept {
    if (done) on_complete();
  }
  void on_complete() noexcept override;
  void wait();

 private:
  Worker& worker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

}  // namespace plinth::detail

#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "plinth/detail/promise.h"
#include "plinth/status.h"

namespace plinth {

template <class T = void>
class Task;

namespace detail {

template <class T>
class TaskPromise;

class TaskPromiseBase : public PromiseBase {
 public:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      return self.promise().stop();
    }
    void await_resume() const noexcept {}
  };
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error_ = std::current_exception(); }

 protected:
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }
  std::exception_ptr error_;

  template <class T>
  friend class plinth::Task;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class U = T>
    requires std::convertible_to<U&&, T>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

/// A coroutine of a Result may return a value, a Status that is an error, or a Result.
template <class T>
class TaskPromise<Result<T>> : public TaskPromiseBase {
 public:
  Task<Result<T>> get_return_object() noexcept;
  void return_value(Result<T> result) { result_.emplace(std::move(result)); }
  void return_value(Status error) {
    if (error.ok()) error = internal_error("a coroutine returned an OK Status where a value was due");
    result_.emplace(std::unexpect, std::move(error));
  }
  template <class U>
    requires(std::convertible_to<U &&, T> && !std::same_as<std::remove_cvref_t<U>, Status> &&
             !std::same_as<std::remove_cvref_t<U>, Result<T>>)
  void return_value(U&& value) {
    result_.emplace(std::in_place, std::forward<U>(value));
  }
  Result<T> take() {
    rethrow();
    return std::move(*result_);
  }

 private:
  std::optional<Result<T>> result_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const { rethrow(); }
};

}  // namespace detail

/// Work that will give a T: a coroutine that starts when it is awaited, once.
///
/// Owns its frame; movable, not copyable. It runs on the worker that starts it, and stays there. What it throws, the
/// awaiting coroutine gets. Must not be destroyed between its start and its end; `TaskScope`, `when_all`, `when_any`
/// and `sync_wait` see to that.
///
/// Arguments of a coroutine live in its frame only when they are taken by value: a reference must outlive the Task.
template <class T>
class [[nodiscard("a Task does nothing until it is awaited")]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;
  using value_type = T;

  Task() noexcept = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  explicit operator bool() const noexcept { return handle_ != nullptr; }

  class Awaiter {
   public:
    explicit Awaiter(std::coroutine_handle<promise_type> child) noexcept : child_(child) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> parent) {
      child_.promise().set_scope(parent.promise().scope());
      return !child_.promise().run_for(child_, parent);
    }
    T await_resume() { return child_.promise().take(); }

   private:
    std::coroutine_handle<promise_type> child_;
  };
  Awaiter operator co_await() && noexcept { return Awaiter(handle_); }

  /// For the places where coroutines begin (calls, scopes, loops). Runs it in `scope` until it first waits.
  /// True when it has ended by then; false: `completion` is told when it does.
  bool start(CancelScope* scope, detail::Completion& completion) {
    auto& promise = handle_.promise();
    promise.set_scope(scope);
    CancelScope::Entered entered(scope);
    if (promise.run_for(handle_, nullptr)) return true;
    promise.completion_ = &completion;
    return false;
  }

  /// After the end: what it threw, null when it gave a value.
  std::exception_ptr error() const noexcept { return handle_.promise().error_; }

  /// After the end: its value, or what it threw.
  T take() { return handle_.promise().take(); }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
template <class T>
Task<Result<T>> TaskPromise<Result<T>>::get_return_object() noexcept {
  return Task<Result<T>>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

}  // namespace detail

/// From inside of a coroutine: the scope that it runs in, null when nothing can cancel it.
inline detail::ThisScope this_scope() noexcept { return {}; }

}  // namespace plinth

#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "plinth/detail/promise.h"
#include "plinth/status.h"

namespace plinth {

/// A stream of T made by a coroutine that may await between values.
///
///     Generator<Row> rows() {
///       for (...) co_yield Row{...};
///       co_yield unavailable("the database went away");   // ends it with an error; nothing after this line runs
///     }
///     while (auto row = co_await stream.next()) use(*row);
///
/// Lazy: it runs only inside of `next`, on the worker and in the scope of the coroutine that awaits. Owns its frame;
/// movable, not copyable. May be dropped between two calls of `next`, never during one: destructors in it run then.
template <class T>
class [[nodiscard("a Generator does nothing until next() is awaited")]] Generator {
 public:
  class promise_type;
  using value_type = T;

  Generator() noexcept = default;
  Generator(Generator&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Generator& operator=(Generator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Generator() {
    if (handle_) handle_.destroy();
  }

  class Next;
  /// Awaits the next value; none at the end, and ever after. Throws what the coroutine threw, and StatusError when
  /// it ended with an error. One `next` at a time.
  Next next() noexcept { return Next(handle_); }

 private:
  explicit Generator(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
class Generator<T>::promise_type : public detail::PromiseBase {
 public:
  /// Stops the coroutine and lets the consumer go on.
  struct Stop {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
      return self.promise().stop();
    }
    void await_resume() const noexcept {}
  };

  Generator get_return_object() noexcept { return Generator(std::coroutine_handle<promise_type>::from_promise(*this)); }
  Stop final_suspend() noexcept {
    ended_ = true;
    return {};
  }

  Stop yield_value(T value) {
    value_.emplace(std::move(value));
    return {};
  }
  Stop yield_value(Status error) {
    if (error.ok()) error = internal_error("a generator yielded an OK Status; to end without an error, return");
    error_ = std::make_exception_ptr(StatusError(std::move(error)));
    ended_ = true;
    return {};
  }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { error_ = std::current_exception(); }

 private:
  friend class Next;
  std::optional<T> value_;
  std::exception_ptr error_;
  bool ended_ = false;
};

template <class T>
class Generator<T>::Next {
 public:
  bool await_ready() const noexcept { return !handle_ || handle_.promise().ended_; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> consumer) {
    auto& promise = handle_.promise();
    promise.set_scope(consumer.promise().scope());
    return !promise.run_for(handle_, consumer);
  }
  std::optional<T> await_resume() {
    if (!handle_) return std::nullopt;
    auto& promise = handle_.promise();
    if (promise.error_) std::rethrow_exception(std::exchange(promise.error_, nullptr));
    return std::exchange(promise.value_, std::nullopt);
  }

 private:
  friend class Generator;
  explicit Next(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace plinth

#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/detail/group.h"
#include "plinth/runtime.h"
#include "plinth/task.h"

namespace plinth {

/// Waits. Ends early, with StatusError, when the scope is cancelled.
Task<void> sleep_for(Duration duration);
Task<void> sleep_until(TimePoint when);

/// Lets everything else that is ready run first. Throws StatusError when the scope is cancelled.
Task<void> yield();

/// Runs blocking code on the pool for it and gives back what it returns or throws, on this worker. A cancelled scope
/// keeps it from starting; once it runs it is waited for, so it may refer to the coroutine's own variables.
template <class Function>
auto offload(Function function) -> Task<std::invoke_result_t<Function&>> {
  using T = std::invoke_result_t<Function&>;
  std::exception_ptr error;
  if constexpr (std::is_void_v<T>) {
    auto done = detail::offload([&] { function(); }, error);
    co_await std::move(done);
    if (error) std::rethrow_exception(error);
  } else {
    std::optional<T> value;
    auto done = detail::offload([&] { value.emplace(function()); }, error);
    co_await std::move(done);
    if (error) std::rethrow_exception(error);
    co_return std::move(*value);
  }
}

/// Runs a task with less time: when it is not done after `timeout`, its scope is cancelled with DEADLINE_EXCEEDED.
template <class T>
Task<T> with_timeout(Duration timeout, Task<T> task) {
  auto* outer = co_await this_scope();
  CancelScope scope(outer);
  auto timer = detail::cancel_after(scope, timeout);
  detail::Group group(scope);
  group.start(task);
  auto all = group.wait();
  co_await std::move(all);
  co_return task.take();
}

/// Runs all at once; gives all their values. When one throws, the rest are cancelled and waited for, and that is
/// thrown.
template <class... Ts>
Task<std::tuple<detail::NonVoid<Ts>...>> when_all(Task<Ts>... tasks) {
  auto* outer = co_await this_scope();
  CancelScope scope(outer);
  detail::Group group(scope);
  (group.start(tasks), ...);
  auto all = group.wait();
  co_await std::move(all);
  group.rethrow_first();
  co_return std::tuple<detail::NonVoid<Ts>...>{detail::take_non_void(tasks)...};
}

template <class T>
Task<std::vector<detail::NonVoid<T>>> when_all(std::vector<Task<T>> tasks) {
  auto* outer = co_await this_scope();
  CancelScope scope(outer);
  detail::Group group(scope);
  for (auto& task : tasks) group.start(task);
  auto all = group.wait();
  co_await std::move(all);
  group.rethrow_first();
  std::vector<detail::NonVoid<T>> values;
  values.reserve(tasks.size());
  for (auto& task : tasks) values.push_back(detail::take_non_void(task));
  co_return values;
}

/// Runs all at once until one ends, with a value or by throwing; the rest are cancelled and waited for. Gives the value
/// of the first, at its place in the variant, or throws what it threw. At least one task.
template <class... Ts>
Task<std::variant<detail::NonVoid<Ts>...>> when_any(Task<Ts>... tasks) {
  auto* outer = co_await this_scope();
  CancelScope scope(outer);
  detail::Group group(scope, detail::Group::Until::kFirst);
  (group.start(tasks), ...);
  auto all = group.wait();
  co_await std::move(all);
  co_return detail::take_nth<std::variant<detail::NonVoid<Ts>...>>(group.first(), std::index_sequence_for<Ts...>{},
                                                                   tasks...);
}

/// Children that run beside the coroutine that spawned them, and that never outlive it:
///
///     co_await TaskScope::run([&](TaskScope& scope) -> Task<void> {
///       scope.spawn(refresh(cache));
///       co_await serve(cache);
///     });
///
/// `run` ends when its body and every child have. When the body or a child throws, all others are cancelled, and
/// what was thrown first is thrown again.
class TaskScope {
 public:
  template <class Body>
  static Task<void> run(Body body) {
    auto* outer = co_await this_scope();
    CancelScope cancel(outer);
    TaskScope scope(cancel);
    auto main = call(body, scope);
    scope.group_.start(main);
    auto all = scope.group_.wait();
    co_await std::move(all);
    scope.group_.rethrow_first();
  }

  /// Starts a child now. Only from inside of `run`.
  void spawn(Task<void> task) { group_.adopt(std::move(task)); }

  /// Cancels every child and the body.
  void cancel(Status reason) noexcept { group_.scope().cancel(std::move(reason)); }

 private:
  explicit TaskScope(CancelScope& cancel) : group_(cancel) {}

  /// So that a body which throws before it has made its Task is a child that failed, like any other.
  template <class Body>
  static Task<void> call(Body& body, TaskScope& scope) {
    auto main = body(scope);
    co_await std::move(main);
  }

  detail::Group group_;
};

/// For code without coroutines: runs a task on this thread, with a loop of its own, until it ends. Not on a worker's
/// thread, which it would stop: there it is an assertion.
template <class T>
T sync_wait(Task<T> task) {
  detail::LocalLoop loop;
  if (!loop.start(task)) loop.run();
  return task.take();
}

/// The same, on a worker of a runtime, while this thread waits. The worker must not be stopped before it ends.
template <class T>
T sync_wait(Worker& worker, Task<T> task) {
  detail::RemoteWait wait(worker);
  worker.post([&] { wait.started(task.start(nullptr, wait)); });
  wait.wait();
  return task.take();
}

}  // namespace plinth

#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <coroutine>
#include <optional>
#include <tuple>
#include <utility>

#include "plinth/cancel.h"
#include "plinth/detail/promise.h"
#include "plinth/runtime.h"

/// Awaiting Boost.Asio, the one public header that includes Boost:
///
///     boost::asio::ip::tcp::socket socket(plinth::Worker::current()->io_context());
///     auto operation = socket.async_read_some(buffer, boost::asio::deferred);
///     auto [error, size] = co_await std::move(operation);
///
/// The result is a tuple of what the operation's handler takes. Inside of a scope, cancelling the scope cancels the
/// operation, and the await throws StatusError. I/O objects must be of the worker's own io_context.
namespace plinth::detail {

template <class Operation, class... Args>
class AsioAwaiter final : public CancelScope::Observer {
 public:
  explicit AsioAwaiter(Operation operation) : operation_(std::move(operation)) {}

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    scope_ = self.promise().scope();
    if (scope_ && scope_->cancelled()) return false;
    if (scope_) scope_->attach(*this);
    self_ = self;
    auto operation = std::move(operation_);  // when it ends at once, this awaiter is gone before its start returns
    std::move(operation)(Handler{this});
    return true;
  }
  std::tuple<Args...> await_resume() {
    if (scope_) scope_->check();
    return std::move(*results_);
  }

  void on_cancel(const Status&) noexcept override { signal_.emit(boost::asio::cancellation_type::terminal); }

 private:
  struct Handler {
    using executor_type = boost::asio::io_context::executor_type;
    executor_type get_executor() const noexcept { return awaiter->worker_->io_context().get_executor(); }

    using cancellation_slot_type = boost::asio::cancellation_slot;
    cancellation_slot_type get_cancellation_slot() const noexcept {
      return awaiter->scope_ ? awaiter->signal_.slot() : cancellation_slot_type();
    }

    void operator()(Args... args) {
      Worker::Turn turn(*awaiter->worker_);
      awaiter->unlink();
      awaiter->results_.emplace(std::move(args)...);
      CancelScope::Entered entered(awaiter->scope_);
      awaiter->self_.resume();
    }

    AsioAwaiter* awaiter;
  };

  Operation operation_;
  Worker* worker_ = Worker::current();
  CancelScope* scope_ = nullptr;
  std::coroutine_handle<> self_;
  std::optional<std::tuple<Args...>> results_;
  boost::asio::cancellation_signal signal_;
};

}  // namespace plinth::detail

/// Here, because this is where the compiler looks for it.
namespace boost::asio {

template <class... Args, class Initiation, class... InitArgs>
auto operator co_await(deferred_async_operation<void(Args...), Initiation, InitArgs...> operation) {
  using Operation = deferred_async_operation<void(Args...), Initiation, InitArgs...>;
  return plinth::detail::AsioAwaiter<Operation, Args...>(std::move(operation));
}

}  // namespace boost::asio

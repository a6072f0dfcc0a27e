#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "plinth/async.h"
#include "plinth/client_settings.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/runtime.h"
#include "plinth/server_settings.h"
#include "plinth/servicer.h"
#include "plinth/stub.h"

/// For unit tests of services and clients: no port, no sleep. doc/testing.md shows how they go together.
namespace plinth::testing {

template <class T>
class Running;

/// A worker on the test's own thread: it runs only inside of these functions, by a clock that only `advance` moves. A
/// thread has one at a time.
class ManualLoop {
 public:
  ManualLoop();
  /// What was started has ended by then, and servers on it are gone.
  ~ManualLoop();
  ManualLoop(const ManualLoop&) = delete;
  ManualLoop& operator=(const ManualLoop&) = delete;

  Worker& worker() noexcept { return *worker_; }

  /// Calls `function` on the worker, and runs the task that it gives as far as it comes without time passing.
  /// `function` makes the task, calls included, because what it starts belongs to the worker; it lives as long as that.
  template <class Function>
  auto start(Function function) {
    return Running<typename std::invoke_result_t<Function&>::value_type>(*this, std::move(function));
  }

  /// The same for a task that ends without time passing: gives its value.
  template <class Function>
  auto run(Function function) {
    auto running = start(std::move(function));
    return running.take();
  }

  /// Lets time pass: everything that is due meanwhile happens, each at its time.
  void advance(Duration time);

  /// Runs what other threads have left for the worker: the ends of `offload`.
  void poll();

 private:
  std::unique_ptr<OffloadPool, void (*)(OffloadPool*)> offload_;
  std::shared_ptr<Logger> logger_;
  std::unique_ptr<Worker> worker_;
};

/// A task on a ManualLoop, as far as it has come. Dropping it cancels it.
template <class T>
class Running final : private plinth::detail::Completion {
 public:
  bool done() const noexcept { return done_; }
  /// Its value, or what it threw. Only once it is done.
  T take() {
    check_done(done_);
    return task_.take();
  }
  void cancel(Status reason = cancelled("the test has cancelled it")) {
    {
      Worker::Turn turn(loop_.worker());
      scope_.cancel(std::move(reason));
    }
    loop_.poll();
  }

  ~Running() {
    if (!done_) cancel();
    check_done(done_);
  }

 private:
  friend class ManualLoop;
  static void check_done(bool done) noexcept;

  template <class Function>
  Running(ManualLoop& loop, Function function) : loop_(loop), function_(std::move(function)) {
    {
      Worker::Turn turn(loop_.worker());
      task_ = function_();
      done_ = task_.start(&scope_, *this);
    }
    loop_.poll();
  }
  void on_complete() noexcept override { done_ = true; }

  ManualLoop& loop_;
  std::move_only_function<Task<T>()> function_;
  CancelScope scope_;
  Task<T> task_;
  bool done_ = false;
};

namespace detail {
void check_done(bool done) noexcept;
}

template <class T>
void Running<T>::check_done(bool done) noexcept {
  detail::check_done(done);
}

struct InProcessOptions {
  ServerSettings server = {};
  /// Without retries and circuit breaker: a test sees each answer of its servicers as it is.
  ClientSettings client = {.enable_retry = false, .enable_circuit_breaker = false};
  /// Gets the events of both sides; null: nobody does.
  std::shared_ptr<Logger> logger = nullptr;
};

/// A server and a channel to it, in this process, over a pipe: all of HTTP/2 and gRPC without a network.
///
///     InProcessServer server;
///     server.add_servicer(MyServicer{container});
///     auto stub = server.stub<MyService::Stub>();
///     auto resource = sync_wait(stub.GetResource(request));             // in a test without coroutines
///     auto same = co_await stub.GetResource(request);                   // in a handler or another coroutine
///
/// A call and the handler that answers it run on the worker that calls, so a handler under test that calls a fake
/// service stays on its thread; calls from a thread without a worker are served on one of the server's own. Add
/// everything before the first `channel` or `stub`. Stubs may be used from any thread, and end with UNAVAILABLE once
/// the server is gone; the server's functions are for one thread that is no worker.
class InProcessServer {
 public:
  explicit InProcessServer(InProcessOptions options = {});
  /// On a loop of the test, which must outlive it: all calls are made inside of `loop.start` and `loop.run`, and all
  /// time is the loop's.
  explicit InProcessServer(ManualLoop& loop, InProcessOptions options = {});
  /// Ends all calls, and waits for their handlers.
  ~InProcessServer();
  InProcessServer(const InProcessServer&) = delete;
  InProcessServer& operator=(const InProcessServer&) = delete;

  InProcessServer& add_servicer(std::shared_ptr<BaseServicer> servicer);
  template <class Servicer>
    requires std::is_base_of_v<BaseServicer, std::remove_cvref_t<Servicer>>
  InProcessServer& add_servicer(Servicer&& servicer) {
    return add_servicer(std::make_shared<std::remove_cvref_t<Servicer>>(std::forward<Servicer>(servicer)));
  }

  /// Around every call on the server's side. The first added is the outermost.
  InProcessServer& add_interceptor(std::shared_ptr<Interceptor> interceptor);
  template <class T>
    requires std::is_base_of_v<Interceptor, std::remove_cvref_t<T>>
  InProcessServer& add_interceptor(T&& interceptor) {
    return add_interceptor(std::make_shared<std::remove_cvref_t<T>>(std::forward<T>(interceptor)));
  }

  /// The same on the client's side.
  InProcessServer& add_client_interceptor(std::shared_ptr<Interceptor> interceptor);
  template <class T>
    requires std::is_base_of_v<Interceptor, std::remove_cvref_t<T>>
  InProcessServer& add_client_interceptor(T&& interceptor) {
    return add_client_interceptor(std::make_shared<std::remove_cvref_t<T>>(std::forward<T>(interceptor)));
  }

  std::shared_ptr<Channel> channel();
  template <class Stub>
  Stub stub() {
    return Stub(channel());
  }

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// For a function of a fake servicer: the same answer, a response or a status, to every call.
///
///     auto fake = std::make_shared<MyService::Fake>();
///     fake->on_GetResource = always(not_found("no such resource"));
template <class Answer>
class Always {
 public:
  explicit Always(Answer answer) : answer_(std::move(answer)) {}

  template <class Rsp, class... Arguments>
  operator std::function<Task<Result<Rsp>>(Arguments...)>() const {  // NOLINT(google-explicit-constructor)
    return [answer = answer_](Arguments...) { return give<Rsp>(answer); };
  }

 private:
  template <class Rsp>
  static Task<Result<Rsp>> give(Answer answer) {
    co_return answer;
  }

  Answer answer_;
};

template <class Answer>
Always<Answer> always(Answer answer) {
  return Always<Answer>(std::move(answer));
}

}  // namespace plinth::testing

#include "client/remote_call.h"

#include <google/protobuf/message_lite.h>

#include <future>
#include <mutex>

#include "async/detached.h"
#include "base/assert.h"
#include "client/call.h"

namespace plinth::client {

namespace {

/// Awaits what a call says when it `is_due`.
struct UntilDue {
  ClientCall& call;
  bool (ClientCall::*is_due)() const noexcept;
  void (ClientCall::*wait)(std::coroutine_handle<>, CancelScope*) noexcept;

  bool await_ready() const noexcept { return (call.*is_due)(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
    (call.*wait)(self, self.promise().scope());
  }
  void await_resume() const noexcept {}
};

}  // namespace

/// What both sides share. The call is touched on the home worker only; the pointers to this side with the lock held.
class RemoteCall::Link : public std::enable_shared_from_this<Link> {
 public:
  explicit Link(Worker& home) noexcept : home_(home) {}

  /// Soon, on the home worker, and in the order in which it was asked for.
  void post(std::move_only_function<void(ClientCall&)> action) {
    home_.post([self = shared_from_this(), action = std::move(action)]() mutable {
      if (self->call_) action(*self->call_);
    });
  }

  /// The same, and waits for it. Gives what it gives, or throws what it throws.
  template <class Action>
  auto ask(Action action) {
    using Answer = std::invoke_result_t<Action&, ClientCall&>;
    std::promise<Answer> answer;
    auto future = answer.get_future();
    post([&](ClientCall& call) {
      try {
        answer.set_value(action(call));
      } catch (...) {
        answer.set_exception(std::current_exception());
      }
    });
    return future.get();
  }

  void begin(std::shared_ptr<Shared> shared, const Method& method, CallOptions options) {
    home_.post([self = shared_from_this(), shared = std::move(shared), &method, options = std::move(options)]() mutable {
      self->call_ = Call::start_here(shared, method, std::move(options));
    });
  }

  void watch(RemoteCall& owner, What what) {
    {
      std::lock_guard lock(mutex_);
      owner_ = &owner;
      listeners_[static_cast<std::size_t>(what)] = Worker::current();
    }
    home_.post([self = shared_from_this(), what] { Detached::start(self->tell_when_due(self, what)); });
  }
  void stop_listening(What what) {
    std::lock_guard lock(mutex_);
    listeners_[static_cast<std::size_t>(what)] = nullptr;
  }

  /// This side is gone.
  void leave() {
    {
      std::lock_guard lock(mutex_);
      owner_ = nullptr;
      listeners_ = {};
    }
    home_.post([self = shared_from_this()] {
      self->left_ = true;
      if (self->call_) self->call_->cancel();
      self->drop_if_unused();
    });
  }

 private:
  /// Keeps this object.
  Task<void> tell_when_due(std::shared_ptr<Link>, What what) {
    ++watching_;
    if (what == What::kTake) {
      const UntilDue due{*call_, &ClientCall::can_take, &ClientCall::wait_to_take};
      co_await due;
    } else if (what == What::kPut) {
      const UntilDue due{*call_, &ClientCall::can_put, &ClientCall::wait_to_put};
      co_await due;
    } else {
      const UntilDue due{*call_, &ClientCall::ended, &ClientCall::wait_for_end};
      co_await due;
    }
    tell(what);
    --watching_;
    drop_if_unused();
  }

  void tell(What what) {
    std::lock_guard lock(mutex_);
    auto* worker = std::exchange(listeners_[static_cast<std::size_t>(what)], nullptr);
    if (!worker) return;
    worker->post([self = shared_from_this(), what, ended = call_->ended()] {
      if (auto* owner = self->owner()) owner->on_told(what, ended);
    });
  }

  RemoteCall* owner() {
    std::lock_guard lock(mutex_);
    return owner_;
  }

  void drop_if_unused() {
    if (left_ && watching_ == 0) call_.reset();
  }

  Worker& home_;
  ClientCallPtr call_;
  std::size_t watching_ = 0;
  bool left_ = false;

  std::mutex mutex_;
  RemoteCall* owner_ = nullptr;
  std::array<Worker*, 3> listeners_{};
};

ClientCallPtr RemoteCall::start(std::shared_ptr<Shared> shared, Worker& home, std::shared_ptr<Runtime> runtime,
                                const Method& method, CallOptions options) {
  PLINTH_ASSERT(!options.cancel_with, "cancel_with needs a worker: a thread without one cancels with call().cancel()");
  auto link = std::make_shared<Link>(home);
  link->begin(std::move(shared), method, std::move(options));
  return ClientCallPtr(new RemoteCall(std::move(link), std::move(runtime)));
}

RemoteCall::RemoteCall(std::shared_ptr<Link> link, std::shared_ptr<Runtime> runtime)
    : runtime_(std::move(runtime)), link_(std::move(link)) {}

RemoteCall::~RemoteCall() { link_->leave(); }

RemoteCall::Wait& RemoteCall::wait_of(What what) noexcept {
  return what == What::kTake ? taking_ : what == What::kPut ? putting_ : ending_;
}

void RemoteCall::wait(What what, std::coroutine_handle<> coroutine, CancelScope* scope) noexcept {
  wait_of(what).waiter.wait(coroutine, scope);
  link_->watch(*this, what);
}

void RemoteCall::on_told(What what, bool ended) noexcept {
  ended_ |= ended;
  wait_of(what).told = true;
  wait_of(what).waiter.wake();
}

/// What was waited for is due, or the scope of the one who waited is cancelled, which throws.
void RemoteCall::checked(What what) {
  link_->stop_listening(what);
  wait_of(what).told = false;
  wait_of(what).waiter.check();
}

void RemoteCall::half_close() {
  link_->post([](ClientCall& call) { call.half_close(); });
}

void RemoteCall::cancel() {
  link_->post([](ClientCall& call) { call.cancel(); });
}

void RemoteCall::wait_for_end(std::coroutine_handle<> waiter, CancelScope* scope) noexcept {
  wait(What::kEnd, waiter, scope);
}

void RemoteCall::receive_into(google::protobuf::MessageLite* response) {
  if (response) return link_->post([response](ClientCall& call) { call.receive_into(response); });
  link_->ask([](ClientCall& call) { return call.receive_into(nullptr), true; });
}

Status RemoteCall::status() {
  checked(What::kEnd);
  return link_->ask([](ClientCall& call) { return call.status(); });
}

const Metadata& RemoteCall::initial_metadata() const noexcept {
  initial_metadata_ = link_->ask([](ClientCall& call) { return call.initial_metadata(); });
  return initial_metadata_;
}

const Metadata& RemoteCall::trailing_metadata() const noexcept {
  trailing_metadata_ = link_->ask([](ClientCall& call) { return call.trailing_metadata(); });
  return trailing_metadata_;
}

void RemoteCall::wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept {
  wait(What::kTake, reader, scope);
}

bool RemoteCall::take_message(google::protobuf::MessageLite& message) {
  checked(What::kTake);
  return link_->ask([&](ClientCall& call) { return call.take_message(message); });
}

void RemoteCall::wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept {
  wait(What::kPut, writer, scope);
}

/// The call keeps what went wrong there as its status.
void RemoteCall::put_message(const google::protobuf::MessageLite& message) {
  checked(What::kPut);
  std::unique_ptr<google::protobuf::MessageLite> copy(message.New());
  copy->CheckTypeAndMergeFrom(message);
  link_->post([copy = std::move(copy)](ClientCall& call) {
    try {
      call.put_message(*copy);
    } catch (const StatusError&) {
    }
  });
}

void RemoteCall::put_last_message(const google::protobuf::MessageLite& message) {
  put_message(message);
  half_close();
}

}  // namespace plinth::client

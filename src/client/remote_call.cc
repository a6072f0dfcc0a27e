#include "client/remote_call.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <atomic>

#include "async/detached.h"
#include "base/assert.h"
#include "call/ask.h"
#include "call/relay.h"
#include "client/call.h"

namespace plinth::client {

/// What both sides share. The call is touched on the home worker only.
class RemoteCall::Link : public std::enable_shared_from_this<Link> {
 public:
  explicit Link(Worker& home) noexcept : home_(home) {}

  Worker& home() noexcept { return home_; }
  /// As far as the last wait has shown. From any thread.
  bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }

  /// Interceptors look at the caller, which must wait for that.
  void begin(std::shared_ptr<Shared> shared, const Method& method, CallOptions options) {
    auto* const caller = CallContext::current();
    auto start = [self = shared_from_this(), shared = std::move(shared), &method, options = std::move(options),
                  caller]() mutable { self->call_ = Call::start_here(shared, method, std::move(options), caller); };
    caller ? call::ask(home_, std::move(start)) : home_.post(std::move(start));
  }

  /// Soon, on the home worker, and in the order in which it was asked for.
  void post(std::move_only_function<void(ClientCall&)> action) {
    home_.post([self = shared_from_this(), action = std::move(action)]() mutable { action(*self->call_); });
  }
  /// The same, and waits for it.
  template <class Action>
  auto ask(Action action) {
    return call::ask(home_, [&] { return action(*call_); });
  }

  /// Nobody asks any more.
  void leave() {
    home_.post([self = shared_from_this()] {
      self->left_ = true;
      self->call_->cancel();
      self->drop_if_unused();
    });
  }

  static Task<void> until_can_take(std::shared_ptr<Link> link) {
    auto& relay = link->taking_;
    return until(std::move(link), relay, {&ClientCall::can_take, &ClientCall::wait_to_take});
  }
  static Task<void> until_can_put(std::shared_ptr<Link> link) {
    auto& relay = link->putting_;
    return until(std::move(link), relay, {&ClientCall::can_put, &ClientCall::wait_to_put});
  }
  static Task<void> until_ended(std::shared_ptr<Link> link) {
    auto& relay = link->ending_;
    return until(std::move(link), relay, {&ClientCall::ended, &ClientCall::wait_for_end});
  }

 private:
  using Due = call::UntilDue<ClientCall>;
  using What = std::pair<Due::IsDue, Due::Wait>;

  static Task<void> until(std::shared_ptr<Link> link, call::Relay& relay, What what) {
    ++link->watching_;
    auto waiting = relay.until(Due(*link->call_, what.first, what.second));
    co_await std::move(waiting);
    if (link->call_->ended()) link->ended_.store(true, std::memory_order_release);
    --link->watching_;
    link->drop_if_unused();
  }

  void drop_if_unused() {
    if (left_ && watching_ == 0) call_.reset();
  }

  Worker& home_;
  ClientCallPtr call_;
  call::Relay taking_, putting_, ending_;
  std::size_t watching_ = 0;
  bool left_ = false;
  std::atomic<bool> ended_ = false;
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

void RemoteCall::wait(call::FarWait& wait, Until until, std::coroutine_handle<> coroutine,
                      CancelScope* scope) noexcept {
  wait.wait(coroutine, scope, link_->home(), [link = link_, until] { return until(link); }, &Detached::start);
}

bool RemoteCall::ended() const noexcept { return link_->ended(); }

void RemoteCall::half_close() {
  link_->post([](ClientCall& call) { call.half_close(); });
}

void RemoteCall::cancel() {
  link_->post([](ClientCall& call) { call.cancel(); });
}

void RemoteCall::set_compression(bool on) {
  link_->post([on](ClientCall& call) { call.set_compression(on); });
}

bool RemoteCall::received_compressed() const noexcept {
  return link_->ask([](ClientCall& call) { return call.received_compressed(); });
}

void RemoteCall::wait_for_end(std::coroutine_handle<> waiter, CancelScope* scope) noexcept {
  wait(ending_, &Link::until_ended, waiter, scope);
}

/// Taken back at once: what it points to is about to go.
void RemoteCall::receive_into(google::protobuf::MessageLite* response) {
  if (response) return link_->post([response](ClientCall& call) { call.receive_into(response); });
  link_->ask([](ClientCall& call) { call.receive_into(nullptr); });
}

Status RemoteCall::status() {
  ending_.check();
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
  wait(taking_, &Link::until_can_take, reader, scope);
}

bool RemoteCall::take_message(google::protobuf::MessageLite& message) {
  taking_.check();
  return link_->ask([&](ClientCall& call) { return call.take_message(message); });
}

void RemoteCall::wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept {
  wait(putting_, &Link::until_can_put, writer, scope);
}

/// The call keeps what went wrong there as its status.
void RemoteCall::put_message(const google::protobuf::MessageLite& message) {
  putting_.check();
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

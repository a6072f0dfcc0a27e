#include "server/offloaded_call.h"

#include <google/protobuf/message_lite.h>

#include "async/here.h"
#include "async/offload_pool.h"
#include "call/ask.h"
#include "call/relay.h"
#include "plinth/async.h"

namespace plinth::server {

namespace {

using call::ask;
using call::UntilDue;

/// A call as a handler on another thread sees it. All but the forwarding of cancellation happens on that thread, while
/// the call's own coroutine waits for it.
class OffloadedCall final : public ServerContext, public MessageStream, private CancelScope::Observer {
 public:
  OffloadedCall(Worker& home, ServerContext& context, MessageStream& stream)
      : home_(home), context_(context), stream_(stream) {
    context.scope().attach(*this);
    method_ = &context.method();
    peer_ = &context.peer();
    authority_ = context.authority();
    deadline_ = context.deadline();
    request_metadata_ = &context.request_metadata();
    initial_metadata_ = context.initial_metadata();
    trailing_metadata_ = context.trailing_metadata();
    outer_ = &context;
    scope_.set_method(method_);
  }

  /// On this thread, from the handler's first line to its last.
  Status run(const MethodHandler& handler, BaseServicer& servicer) {
    detail::LocalLoop loop;
    const Listening listening(*this, loop.worker());
    if (auto end = told_before(); !end.ok()) return end;
    auto task = handler.run(servicer, *this, *this);
    if (!loop.start(task, &scope_)) loop.run();
    return task.take();
  }

  /// On the call's worker, after the handler: what it has left behind.
  Task<void> leave() {
    CancelScope::Observer::unlink();
    context_.initial_metadata() = initial_metadata_;
    context_.trailing_metadata() = trailing_metadata_;
    waiting_scope_.cancel(::plinth::cancelled("the handler has returned"));
    auto end = waiting_.wait();
    co_await std::move(end);
  }

  // ServerContext
  void send_initial_metadata() override {
    ask(home_, [this] {
      context_.initial_metadata() = initial_metadata_;
      context_.send_initial_metadata();
    });
  }
  void set_compression(bool on) override {
    ask(home_, [this, on] { context_.set_compression(on); });
  }
  bool received_compressed() const noexcept override {
    return ask(home_, [this] { return context_.received_compressed(); });
  }
  Traffic traffic() const noexcept override {
    return ask(home_, [this] { return context_.traffic(); });
  }
  ScopedInstances& scoped_instances() override { return context_.scoped_instances(); }

  // MessageStream
  bool can_take() const noexcept override { return taking_.told() || cancelled(); }
  void wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept override {
    taking_.wait(
        reader, scope, home_, [this] { return until_can_take(); },
        [this](Task<void> task) { waiting_.adopt(std::move(task)); });
  }
  bool take_message(google::protobuf::MessageLite& message) override {
    taking_.check();
    scope_.check();
    if (!ask(home_, [&] { return stream_.take_message(message); })) return false;
    show(Direction::kReceived, message);
    return true;
  }
  bool can_put() const noexcept override { return putting_.told() || cancelled(); }
  void wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept override {
    putting_.wait(
        writer, scope, home_, [this] { return until_can_put(); },
        [this](Task<void> task) { waiting_.adopt(std::move(task)); });
  }
  void put_message(const google::protobuf::MessageLite& message) override {
    putting_.check();
    scope_.check();
    show(Direction::kSent, message);
    ask(home_, [&] {
      context_.initial_metadata() = initial_metadata_;
      stream_.put_message(message);
    });
  }
  void put_last_message(const google::protobuf::MessageLite& message) override {
    show(Direction::kSent, message);
    ask(home_, [&] { stream_.put_last_message(message); });
  }

 private:
  /// To those who observe from inside of the handler; the others see it on the call's worker.
  void show(Direction direction, const google::protobuf::MessageLite& message) const {
    for (const auto& observer : observers_) observer(direction, message);
  }

  Task<void> until_can_take() {
    return takes_.until(UntilDue(stream_, &MessageStream::can_take, &MessageStream::wait_to_take, &waiting_scope_));
  }
  Task<void> until_can_put() {
    return puts_.until(UntilDue(stream_, &MessageStream::can_put, &MessageStream::wait_to_put, &waiting_scope_));
  }

  void on_cancel(const Status& reason) noexcept override {
    std::lock_guard lock(mutex_);
    if (loop_) loop_->post([this, reason] { scope_.cancel(reason); });
    end_ = reason;
  }
  /// While it lives, the end of the call is told to this loop.
  class Listening {
   public:
    Listening(OffloadedCall& call, Worker& loop) : call_(call) { set(&loop); }
    ~Listening() { set(nullptr); }

   private:
    void set(Worker* loop) {
      std::lock_guard lock(call_.mutex_);
      call_.loop_ = loop;
    }
    OffloadedCall& call_;
  };

  /// Not OK when the call has ended before there was a loop to tell.
  Status told_before() {
    std::lock_guard lock(mutex_);
    return end_;
  }

  Worker& home_;
  ServerContext& context_;
  MessageStream& stream_;
  CancelScope waiting_scope_;
  call::Relay takes_, puts_;
  detail::Group waiting_{waiting_scope_};
  call::FarWait taking_;
  call::FarWait putting_;
  std::mutex mutex_;
  Worker* loop_ = nullptr;
  Status end_;
};

}  // namespace

Task<Status> run_offloaded(const MethodHandler& handler, BaseServicer& servicer, ServerContext& context,
                           MessageStream& stream) {
  OffloadedCall call(here(), context, stream);
  Status status;
  std::exception_ptr thrown;
  try {
    auto running = offload_to(OffloadPool::Lane::kCalls, [&] { status = call.run(handler, servicer); }, thrown);
    co_await std::move(running);
  } catch (...) {
    thrown = std::current_exception();
  }
  auto leaving = call.leave();
  co_await std::move(leaving);
  if (thrown) std::rethrow_exception(thrown);
  co_return status;
}

}  // namespace plinth::server

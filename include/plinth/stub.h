#pragma once

#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "plinth/channel_state.h"
#include "plinth/deadline.h"
#include "plinth/metadata.h"
#include "plinth/method.h"
#include "plinth/status.h"
#include "plinth/stream.h"
#include "plinth/task.h"

namespace plinth {

/// What a server has sent beside its messages.
struct ResponseMetadata {
  Metadata initial;
  Metadata trailing;
};

/// What a caller may say of one call. What is not said is the channel's default.
struct CallOptions {
  CallOptions() = default;

  /// How long it may take; Duration::max(): as long as it likes.
  std::optional<Duration> timeout;
  /// Sent before the first message.
  Metadata metadata;
  /// Whether it waits while no backend can be reached, instead of failing at once with UNAVAILABLE.
  std::optional<bool> wait_for_ready;
  /// Whether its messages are sent compressed (gzip).
  bool compress = false;
  /// Bytes of one message, as it is without compression.
  std::optional<std::size_t> max_response_size;
  std::optional<std::size_t> max_request_size;
  /// In a handler: the call ends with the handler's call, and no later than its deadline. A blocking handler's calls
  /// have its deadline alone; they end when it lets go of them.
  bool inherit_deadline = true;
  bool inherit_cancellation = true;
  /// Cancels the call, with its reason, when it is cancelled. It must outlive the call, and belongs to the worker that
  /// makes it: where there is none (main, inside of `sync_wait(task)`, a blocking handler) it must be null, and
  /// `call().cancel()` or dropping the call cancels. Null: none does.
  CancelScope* cancel_with = nullptr;
  /// Of a unary call: filled when its Task ends, with a response or an error. It must live until then; null: nowhere.
  /// Calls with streams have `call().initial_metadata()` and `call().trailing_metadata()`.
  ResponseMetadata* response_metadata = nullptr;
};

/// One call from the client's side, without types. It starts when it is made; dropping it cancels it. It stays on the
/// worker that made it.
///
/// Messages end (`take_message` says false) when the call does, for whatever reason: then `status` tells it. Messages
/// that came before an error can still be taken. `put_message` throws StatusError when the call has ended; a message
/// that cannot be sent ends it.
class ClientCall : public MessageStream {
 public:
  /// Says that no more messages will be put.
  virtual void half_close() = 0;

  /// Ends it at once, with CANCELLED.
  virtual void cancel() = 0;

  /// Whether the messages put from now on are compressed. Only of a call that was started with `compress`: another one
  /// has not told the server that they may be.
  virtual void set_compression(bool on) = 0;
  /// Whether the message that was taken last had been compressed.
  virtual bool received_compressed() const noexcept = 0;

  virtual bool ended() const noexcept = 0;
  /// From now on, messages of a stream of responses that have not been taken are dropped.
  virtual void wait_for_end(std::coroutine_handle<> waiter, CancelScope* scope) noexcept = 0;
  /// Of a call without a stream of responses: where its response is parsed into when it comes. There once the call has
  /// ended with OK; must live until then. Null: nowhere.
  virtual void receive_into(google::protobuf::MessageLite* response) = 0;
  /// How it has ended. Throws StatusError when it has not, because the scope of the one that waited was cancelled.
  virtual Status status() = 0;

  /// Sent by the server before its first message: once a message has been taken, or the call has ended.
  virtual const Metadata& initial_metadata() const noexcept = 0;
  /// Sent by the server with the status: once the call has ended.
  virtual const Metadata& trailing_metadata() const noexcept = 0;

  /// Awaits the end of the call: its status.
  class Finish {
   public:
    bool await_ready() const noexcept { return call_->ended(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) noexcept {
      call_->wait_for_end(self, self.promise().scope());
    }
    Status await_resume() { return call_->status(); }

   private:
    friend class ClientCall;
    explicit Finish(ClientCall* call) noexcept : call_(call) {}
    ClientCall* call_;
  };
  Finish finish() noexcept { return Finish(this); }

  /// For the stub of a unary call: where the metadata go.
  void leave_metadata_in(ResponseMetadata* place) noexcept { metadata_place_ = place; }
  void leave_metadata() const {
    if (metadata_place_) *metadata_place_ = {initial_metadata(), trailing_metadata()};
  }

  struct Drop {
    void operator()(ClientCall* call) const noexcept { call->drop(); }
  };

 protected:
  ~ClientCall() = default;

  /// Nobody needs it any more.
  virtual void drop() noexcept = 0;

 private:
  ResponseMetadata* metadata_place_ = nullptr;
};

using ClientCallPtr = std::unique_ptr<ClientCall, ClientCall::Drop>;

/// Where calls go. May be used from any worker, and from threads that are none. Each worker has connections of its own,
/// so a call stays on the worker that makes it; threads without one share those of the channel's maker. It is closed
/// with the last pointer to it, stubs' included: keep one for as long as there are calls.
class Channel {
 public:
  virtual ~Channel() = default;

  /// Begins a call. It never fails here: what is wrong is the status of the call, which `method` must outlive.
  virtual ClientCallPtr start_call(const Method& method, CallOptions options) = 0;

  /// Of the connections that this thread's calls use.
  virtual ChannelState state() const = 0;
  /// Connects, if it is IDLE, without a call.
  virtual void connect() = 0;
  /// Awaits another state than this one, and gives it. The channel must live until then.
  virtual Task<ChannelState> changed_from(ChannelState state) = 0;

  /// Ends all calls with UNAVAILABLE, and takes no more.
  virtual void close() = 0;
};

namespace detail {

/// Writes a request; false when the call has ended, and `finish` tells how.
template <class Req>
class WriteRequest {
 public:
  WriteRequest(ClientCall& call, const Req& request) noexcept : call_(&call), request_(&request) {}

  bool await_ready() const noexcept { return call_->can_put(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) noexcept {
    call_->wait_to_put(self, self.promise().scope());
  }
  bool await_resume() {
    if (call_->ended()) return false;
    call_->put_message(*request_);
    return !call_->ended();
  }

 private:
  ClientCall* call_;
  const Req* request_;
};

}  // namespace detail

/// A call with one request and a stream of responses.
template <class Rsp>
class ClientReader {
 public:
  explicit ClientReader(ClientCallPtr call) noexcept : call_(std::move(call)), reader_(*call_) {}

  /// Awaits the next response; none at the end: then `finish` tells how it ended. Throws StatusError only when the
  /// scope of who awaits is cancelled, or when what came is no Rsp.
  typename Reader<Rsp>::Next next() noexcept { return reader_.next(); }
  /// Awaits the end of the call: its status. Responses that have not been taken are dropped.
  ClientCall::Finish finish() noexcept { return call_->finish(); }
  ClientCall& call() noexcept { return *call_; }

 private:
  ClientCallPtr call_;
  Reader<Rsp> reader_;
};

/// A call with a stream of requests and one response.
template <class Req, class Rsp>
class ClientWriter {
 public:
  explicit ClientWriter(ClientCallPtr call) noexcept : call_(std::move(call)) {}

  /// Awaits room for a request and sends it. False when the call has ended: `finish` tells how. `request` must live
  /// until it has been awaited.
  detail::WriteRequest<Req> write(const Req& request) noexcept { return {*call_, request}; }
  /// Ends the requests and awaits the response.
  Task<Result<Rsp>> finish();
  ClientCall& call() noexcept { return *call_; }

 private:
  ClientCallPtr call_;
};

/// A call with two streams, independent of each other: one coroutine may read while another writes. Functions are as
/// those of ClientReader and ClientWriter.
template <class Req, class Rsp>
class ClientStream {
 public:
  explicit ClientStream(ClientCallPtr call) noexcept : call_(std::move(call)), reader_(*call_) {}

  detail::WriteRequest<Req> write(const Req& request) noexcept { return {*call_, request}; }
  /// Ends the requests. The responses may go on.
  void half_close() { call_->half_close(); }
  typename Reader<Rsp>::Next next() noexcept { return reader_.next(); }
  ClientCall::Finish finish() noexcept { return call_->finish(); }
  ClientCall& call() noexcept { return *call_; }

 private:
  ClientCallPtr call_;
  Reader<Rsp> reader_;
};

namespace detail {

/// The one response of a call. `Holder` is a ClientCallPtr, or a pointer to a call that somebody else keeps.
template <class Rsp, class Holder>
Task<Result<Rsp>> only_response(Holder call) {
  Result<Rsp> response;
  Status status;
  call->receive_into(&*response);
  try {
    status = co_await call->finish();
  } catch (const StatusError& error) {
    status = error.status();
    call->receive_into(nullptr);
  }
  call->leave_metadata();
  call = nullptr;  // ended now, if nobody else has it, and not when this coroutine is destroyed
  if (!status.ok()) co_return status;
  co_return response;
}

/// A call with its one request. What is wrong with the request is the call's status.
template <class Req>
ClientCallPtr start_with(Channel& channel, const Method& method, const Req& request, CallOptions options) {
  auto* const metadata = options.response_metadata;
  auto call = channel.start_call(method, std::move(options));
  call->leave_metadata_in(metadata);
  if (!call->ended()) call->put_message(request);
  call->half_close();
  return call;
}

}  // namespace detail

template <class Req, class Rsp>
Task<Result<Rsp>> ClientWriter<Req, Rsp>::finish() {
  call_->half_close();
  return detail::only_response<Rsp>(call_.get());
}

}  // namespace plinth

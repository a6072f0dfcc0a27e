#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "async/later.h"
#include "call/inbound.h"
#include "call/outbound.h"
#include "http2/stream.h"
#include "plinth/container.h"
#include "plinth/interceptor.h"
#include "plinth/server_context.h"
#include "plinth/servicer.h"
#include "server/shared.h"
#include "wire/request_head.h"

namespace plinth::server {

class ServerCall;

/// Keeps calls.
class CallOwner {
 public:
  /// The call has ended for both the handler and the wire, and may be reused.
  virtual void on_call_ended(ServerCall& call) noexcept = 0;

  /// A call has its status, also one that never reached the interceptors.
  virtual void on_call_done(const Status& status, const Traffic& traffic) noexcept = 0;

  /// Bytes of answers that the client has left no room for.
  virtual std::size_t unsent_bytes() const noexcept = 0;

  /// Bytes that its calls have received and not taken.
  std::size_t unread_bytes = 0;

 protected:
  ~CallOwner() = default;
};

/// One RPC on a server, from its first header field to its last byte:
///
///     on_field...   on_fields_end     on_data, on_end        start          finish            on_closed
///     the head  ->  checks, lookup -> the one request,    -> chain,      -> head, message, -> released, when
///                   deadline          or none for streams    handler        trailers          both have happened
///
/// The handler sees it as ServerContext, the typed shell as MessageStream, its HTTP/2 stream as StreamVisitor. Whatever
/// goes wrong after the checks cancels its scope, and passes through the interceptors as the call's status.
class ServerCall final : public ServerContext,
                         public MessageStream,
                         public http2::StreamVisitor,
                         public detail::ListNode,
                         private Next::End,
                         private detail::Completion {
 public:
  ServerCall(Shared& shared, Worker& worker);
  ~ServerCall();

  /// Begins anew, on a stream that a client has opened.
  void open(CallOwner& owner, const Peer& peer, http2::Stream& stream) noexcept;

  /// Ends it early, with this status.
  void fail(Status status);

  // ServerContext
  void send_initial_metadata() override;
  void set_compression(bool on) override;
  bool received_compressed() const noexcept override { return inbound_.last_was_compressed(); }
  Traffic traffic() const noexcept override;
  ScopedInstances& scoped_instances() override;

  // MessageStream
  bool can_take() const noexcept override { return inbound_.can_take() || cancelled(); }
  void wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept override;
  bool take_message(google::protobuf::MessageLite& message) override;
  bool can_put() const noexcept override { return outbound_.can_put() || cancelled(); }
  void wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept override;
  void put_message(const google::protobuf::MessageLite& message) override;
  void put_last_message(const google::protobuf::MessageLite& message) override;

  // http2::StreamVisitor
  void on_field(std::string_view name, std::string_view value) override;
  void on_fields_end(bool) override;
  void on_data(base::ByteView bytes) override;
  void on_end() override;
  void on_sent(std::size_t size) override;
  void on_closed(http2::ErrorCode code) override;

 private:
  enum class State { kHead, kReceiving, kRunning, kEnded };

  void accept();
  void start_deadline();
  void on_deadline();
  void take_place();
  void reject(const wire::RequestHead::Problem& problem);
  void start();
  void start_soon() noexcept;
  Task<Status> run() override;
  Task<Status> run_handler();
  Status outcome();
  Status run_failed(const std::exception_ptr& thrown);
  void log_cause(const Status& status) const;
  void on_complete() noexcept override { worker_.when_ready(end_step_); }
  void end();
  void finish(const Status& status);
  void send_trailers(const Status& status);
  void release() noexcept;
  void count_unread() noexcept;
  base::Bytes serialize(const google::protobuf::MessageLite& message);
  void show(Direction direction, const google::protobuf::MessageLite& message) const;

  Shared& shared_;
  Worker& worker_;
  CallOwner* owner_ = nullptr;
  http2::Stream* stream_ = nullptr;
  State state_ = State::kHead;

  wire::RequestHead head_;
  std::size_t head_size_ = 0;
  const MethodHandler* handler_ = nullptr;
  BaseServicer* servicer_ = nullptr;
  Method unknown_method_;
  bool has_place_ = false;

  call::Inbound inbound_;
  std::size_t unread_ = 0;
  call::Outbound outbound_;
  wire::Encoding announced_ = wire::Encoding::kIdentity;
  bool head_sent_ = false;
  base::Bytes last_message_;
  Traffic sent_;

  Alarm<ServerCall> deadline_timer_{*this, &ServerCall::on_deadline};
  Step<ServerCall> start_step_{*this, &ServerCall::start};
  Step<ServerCall> end_step_{*this, &ServerCall::end};
  Task<Status> chain_;
  std::unique_ptr<ScopedInstances> instances_;
};

}  // namespace plinth::server

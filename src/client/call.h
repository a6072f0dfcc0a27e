#pragma once

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "async/later.h"
#include "async/signal.h"
#include "call/inbound.h"
#include "call/outbound.h"
#include "client/attempt.h"
#include "client/worker_channel.h"
#include "plinth/client_context.h"
#include "plinth/stub.h"

namespace plinth::client {

/// One RPC on a client:
///
///     start -> breaker -> interceptors -> attempt -> status -> interceptors -> end
///                                          ^    |
///                                          +pause+  while it is not committed (gRFC A6)
///
/// A hedged call has several attempts side by side, until it is committed to the first that is answered.
///
/// Its user sees it as ClientCall, interceptors as ClientContext. Messages are kept, to be sent again by a later
/// attempt, until the call is committed: the server has begun to answer, or they have become too many.
class Call final : public ClientCall,
                   public ClientContext,
                   private Attempt::Owner,
                   private Next::End,
                   private detail::Completion {
 public:
  /// Begins a call on the worker of this thread. `caller` is the one that it is made for, when that is not the one of
  /// the current coroutine.
  static ClientCallPtr start_here(const std::shared_ptr<Shared>& shared, const Method& method, CallOptions options,
                                  CallContext* caller = nullptr);

  Call(std::shared_ptr<WorkerChannel> channel, const Method& method, CallOptions options);

  static void* operator new(std::size_t size) { return detail::pool_allocate(size); }
  static void operator delete(void* call, std::size_t size) noexcept { detail::pool_free(call, size); }

  /// Ends it early, with this status.
  void fail(Status status);

  // ClientCall
  void half_close() override;
  void cancel() override;
  void set_compression(bool on) override;
  bool received_compressed() const noexcept override { return inbound_.last_was_compressed(); }
  bool ended() const noexcept override { return ended_; }
  void wait_for_end(std::coroutine_handle<> waiter, CancelScope* scope) noexcept override;
  void receive_into(google::protobuf::MessageLite* response) override;
  Status status() override;
  const Metadata& initial_metadata() const noexcept override { return initial_metadata_; }
  const Metadata& trailing_metadata() const noexcept override { return trailing_metadata_; }

  // MessageStream
  bool can_take() const noexcept override { return ended_ || inbound_.has_message(); }
  void wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept override;
  bool take_message(google::protobuf::MessageLite& message) override;
  bool can_put() const noexcept override;
  void wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept override;
  void put_message(const google::protobuf::MessageLite& message) override;
  void put_last_message(const google::protobuf::MessageLite& message) override;

  // ClientContext
  Metadata& request_metadata() noexcept override { return options_.metadata; }
  std::string_view target() const noexcept override { return shared_.target.text; }
  bool secure() const noexcept override { return shared_.connector->secure(); }
  std::size_t attempts() const noexcept override { return attempts_; }
  std::size_t attempt() const noexcept override { return 0; }
  bool transparent() const noexcept override { return false; }
  CallContext* caller() const noexcept override { return caller_; }
  void observe_attempt(AttemptObserver) override {}
  Traffic traffic() const noexcept override;

 private:
  /// Does something with the call when a scope is cancelled.
  class Tie final : public CancelScope::Observer {
   public:
    Tie(Call& call, void (Call::*action)(Status)) noexcept : call_(call), action_(action) {}
    void on_cancel(const Status& reason) noexcept override { (call_.*action_)(reason); }

   private:
    Call& call_;
    void (Call::*action_)(Status);
  };

  ~Call();
  void drop() noexcept override;

  // Attempt::Owner
  const Method& attempt_method() const noexcept override { return *method_; }
  bool attempt_waits_for_ready() const noexcept override { return wait_for_ready_; }
  wire::RequestOptions request_options() const override;
  void on_opened(Attempt& attempt) override;
  void on_refused(Status status) override { refuse(std::move(status)); }
  void on_head(Attempt& attempt) override;
  Status on_message_bytes(base::ByteView bytes) override;
  Traffic received() const noexcept override;
  void on_sent() override;
  Status conclude(const Attempt& attempt, Status status) override;
  void on_attempt_end(Attempt& attempt) override;

  void start(CancelScope* caller);
  void configure(CancelScope* caller);
  void tie(CancelScope* scope, Tie& tie);
  Duration timeout() const;
  void start_deadline(Deadline deadline);
  Task<Status> run() override;
  void begin();
  Attempt& new_attempt();
  void begin_attempt() { begin(new_attempt()); }
  void begin_transparently() { begin(new_attempt(), true); }
  void begin(Attempt& attempt, bool transparent = false) {
    attempt.begin(*channel_, *this, ++attempts_begun_, transparent);
  }
  void begin_later(Duration delay);
  void begin_next() { begin(*std::exchange(next_, nullptr)); }
  void drop_next() noexcept;
  void send_kept(Attempt& attempt);
  bool pass_breaker();
  void refuse(Status status);
  template <class Action>
  void each_attempt(Action action);
  template <class Action>
  void each_stream(Action action);
  template <class Test>
  bool any_attempt(Test test) const;
  void begin_hedging(const HedgingPolicy& policy);
  void hedge_soon(Duration delay);
  void hedge_failed(Status status, Pushback pushback);
  bool has_attempt_under_way() const;
  void attempt_failed(Status status, bool unprocessed);
  void retry_after(Duration pause, const Status& status);
  void commit(Attempt& chosen) noexcept;
  void commit_to_one() noexcept;
  void skip_messages();
  void put(const google::protobuf::MessageLite& message);
  bool take(google::protobuf::MessageLite& message);
  Status take_only_response();
  void finish(Status status);
  void on_complete() noexcept override { worker_.when_ready(end_step_); }
  void chain_ended();
  void leave_stream() noexcept;
  void settle();
  void end();
  void on_deadline();
  void show(Direction direction, const google::protobuf::MessageLite& message) const;

  std::shared_ptr<WorkerChannel> channel_;
  Shared& shared_;
  Worker& worker_;
  CallOptions options_;
  CallContext* caller_ = nullptr;
  bool wait_for_ready_ = false;
  std::size_t max_request_size_ = 0;

  const MethodConfig* config_ = nullptr;
  std::optional<RetryState> retry_;
  std::optional<CircuitBreaker::Pass> pass_;
  /// They stay until the call ends, as they may be looked at: nearly always there is but the first.
  std::optional<Attempt> first_attempt_;
  std::list<Attempt> later_attempts_;
  /// What begins when the pause is over.
  Attempt* next_ = nullptr;
  std::size_t attempts_begun_ = 0;
  /// Those that have had a stream.
  std::size_t attempts_ = 0;
  /// Of hedged calls only.
  struct Hedging {
    HedgingPolicy policy;
    /// Those that the server has looked at, or might, and those that found no connection.
    std::size_t attempts = 0;
    bool stopped = false;
  };
  std::unique_ptr<Hedging> hedging_;
  bool refused_before_ = false;
  /// That the call is committed to.
  Attempt* chosen_ = nullptr;

  call::Inbound inbound_;
  call::Outbound outbound_;
  std::vector<base::Bytes> kept_;
  std::size_t kept_size_ = 0;
  bool half_closed_ = false;
  Traffic sent_;

  google::protobuf::MessageLite* response_ = nullptr;
  bool configured_ = false;
  bool wire_ended_ = false;
  bool ended_ = false;
  bool dropped_ = false;
  bool skipping_ = false;
  Status wire_status_;
  /// As the interceptors leave it.
  Status status_;
  Signal wire_end_;
  call::Waiter end_waiter_;
  Task<Status> chain_;

  Tie own_tie_{*this, &Call::finish};
  Tie caller_tie_{*this, &Call::fail};
  Tie token_tie_{*this, &Call::fail};
  Alarm<Call> deadline_timer_{*this, &Call::on_deadline};
  Alarm<Call> pause_timer_{*this, &Call::begin_next};
  Step<Call> retry_step_{*this, &Call::begin_transparently};
  Step<Call> end_step_{*this, &Call::chain_ended};
};

}  // namespace plinth::client

#pragma once

#include <memory>
#include <optional>

#include "client/attempt_chain.h"
#include "client/exchange.h"
#include "client/pick_waiter.h"
#include "plinth/status.h"
#include "wire/framing.h"

namespace plinth::client {

class WorkerChannel;

/// One try of a call, from its interceptors and the search for a connection to the status:
///
///     begin -> interceptors -> pick -> exchange -> interceptors -> on_attempt_end
class Attempt final : public PickWaiter, private Exchange::Owner, private AttemptChain::Owner {
 public:
  /// The call. Each may abandon the attempt from inside of these.
  class Owner {
   public:
    virtual const Method& attempt_method() const noexcept = 0;
    virtual bool attempt_waits_for_ready() const noexcept = 0;
    /// What its request begins with, besides the metadata.
    virtual wire::RequestOptions request_options() const = 0;
    /// It has a stream, in which the request's head is.
    virtual void on_opened(Attempt& attempt) = 0;
    /// The request cannot be sent at all.
    virtual void on_refused(Status status) = 0;
    /// The head of the response has come, and messages may follow.
    virtual void on_head(Attempt& attempt) = 0;
    virtual Status on_message_bytes(base::ByteView bytes) = 0;
    virtual Traffic received() const noexcept = 0;
    virtual void on_sent() = 0;
    /// The exchange is over, with `status`. What the call makes of it, as it knows the messages.
    virtual Status conclude(const Attempt& attempt, Status status) = 0;
    /// It is over, and `status` tells how. The last event, also after `abandon` when it had interceptors.
    virtual void on_attempt_end(Attempt& attempt) = 0;

   protected:
    ~Owner() = default;
  };

  /// `metadata` must outlive it.
  Attempt(Owner& owner, const Metadata& metadata) : owner_(owner), metadata_(&metadata) {}
  /// Looks for a connection in `channel`, once the channel's interceptors, if there are any, have let it pass as
  /// attempt `number` of `call`; `transparent` as ClientContext's.
  void begin(WorkerChannel& channel, ClientContext& call, std::size_t number, bool transparent);

  /// Ends it: its stream is reset, and `why` is what its interceptors hear.
  void abandon(const Status& why) noexcept;
  /// The same because the deadline has passed, which is held against the backend.
  void time_out(const Status& why) noexcept;

  /// Has begun, and has neither a stream nor an end.
  bool looking() const noexcept { return state_ == State::kIntercepted || state_ == State::kLooking; }
  bool abandoned() const noexcept { return abandoned_; }
  /// An interceptor has ended it before it looked for a connection.
  bool refused() const noexcept { return refused_; }
  /// Has, or has had, a stream.
  bool opened() const noexcept { return opened_; }
  /// Interceptors of it have not ended.
  bool has_running_chain() const noexcept { return chain_ && chain_->running(); }
  /// A message with its prefix.
  void count_sent(const base::Bytes& bytes) noexcept;
  void note_received(const wire::Frame& message) noexcept {
    tell({AttemptEvent::Kind::kMessageReceived, message.message.size(), message.compressed});
  }

  http2::Stream* stream() const noexcept { return exchange_.stream(); }
  const wire::ResponseFields& response() const noexcept { return exchange_.response(); }
  Metadata& initial_metadata() noexcept { return exchange_.initial_metadata(); }
  Metadata& trailing_metadata() noexcept { return exchange_.trailing_metadata(); }
  /// Once it has, or has had, a stream.
  const Peer& peer() const noexcept { return exchange_.peer(); }

  /// Once it is over.
  const Status& status() const noexcept { return status_; }
  /// The server has said, or it is clear, that it has not looked at the request.
  bool unprocessed() const noexcept { return exchange_.unprocessed(); }

  // PickWaiter
  PickArguments pick_arguments() const noexcept override { return {owner_.attempt_method(), *metadata_}; }
  bool waits_for_ready() const noexcept override { return owner_.attempt_waits_for_ready(); }
  void on_wait(Missing what) noexcept override;
  bool on_picked(Backend& backend, Connection& connection) override;
  void on_pick_failed(Status status) override;

 private:
  enum class State { kNew, kIntercepted, kLooking, kOpen, kEnded };

  // AttemptChain::Owner
  void on_chain_passed() override;
  void on_chain_ended(Status status) override;
  Traffic traffic() const noexcept override;

  // Exchange::Owner
  void on_head(Exchange& exchange) override;
  Status on_message_bytes(base::ByteView bytes) override { return owner_.on_message_bytes(bytes); }
  void on_sent() override { owner_.on_sent(); }
  void on_exchange_end(Exchange& exchange) override;

  void tell(const AttemptEvent& event) noexcept {
    if (chain_) chain_->on_event(event);
  }
  void end(Status status);
  void leave() noexcept;

  Owner& owner_;
  const Metadata* metadata_;
  State state_ = State::kNew;
  bool abandoned_ = false;
  bool opened_ = false;
  bool refused_ = false;
  std::optional<Missing> waited_for_;
  WorkerChannel* channel_ = nullptr;
  /// Only when there are interceptors.
  std::unique_ptr<AttemptChain> chain_;
  Exchange exchange_{static_cast<Exchange::Owner&>(*this)};
  Traffic sent_;
  Status status_;
};

}  // namespace plinth::client

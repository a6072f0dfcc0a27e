#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "async/entity_id.h"
#include "async/signal.h"
#include "call/tally.h"
#include "call/transport.h"
#include "http2/session.h"
#include "net/byte_stream.h"
#include "plinth/async.h"
#include "plinth/channelz.h"
#include "server/call_pool.h"
#include "server/shared.h"

namespace plinth::server {

/// One client's connection: reads its bytes into an HTTP/2 session, runs its calls, writes what they answer. Lives and
/// dies on one worker.
class Connection final : public detail::ListNode, private http2::SessionVisitor, private CallOwner {
 public:
  /// `local`: the address of this end, for channelz; empty when it has none.
  Connection(Shared& shared, Worker& worker, CallPool& pool, std::unique_ptr<net::ByteStream> stream,
             std::string local = {});
  ~Connection();

  /// Ends when the connection is closed and every call of it has ended.
  Task<void> run();

  /// Asks the client for no more calls; the connection closes once its calls have ended.
  void drain();

  /// Ends every call now with this status; their trailers are still sent.
  void cancel_calls(const Status& status);

  /// Gives up on the client: closes the connection as it is.
  void close() noexcept { transport_.close(); }

  std::size_t calls() const noexcept { return running_calls_; }
  /// What there is to tell of it, besides what its pool knows.
  channelz::Socket inspect();
  channelz::Counts counts() const noexcept { return tally_.counts(); }
  /// Bytes of requests that no handler has taken yet.
  std::size_t unread() const noexcept { return unread_bytes; }

 private:
  http2::StreamVisitor* on_stream_opened(http2::Stream& stream) override;
  void on_goaway(http2::StreamId last_stream, http2::ErrorCode code, std::string_view text) override;
  void on_ping_ack(std::uint64_t opaque) override;
  void on_output() override { transport_.flush(); }
  void on_call_ended(ServerCall& call) noexcept override;
  void on_call_done(const Status& status, const Traffic& traffic) noexcept override;
  std::size_t unsent_bytes() const noexcept override { return session_->queued_bytes(); }

  Task<void> serve(TaskScope& scope);
  Task<bool> read_preface();
  Task<void> answer_http1();
  Task<void> close_unless_greeted();
  Task<void> limit_age();
  Task<void> limit_idle();
  Task<void> go_away();
  Task<void> drain_acknowledged();

  const std::int64_t id_ = next_entity_id();
  const std::string local_;
  Shared& shared_;
  Worker& worker_;
  CallPool& pool_;
  std::unique_ptr<http2::Session> session_;
  call::Transport transport_;

  detail::List<ServerCall> calls_;
  std::size_t running_calls_ = 0;
  call::Tally tally_;
  /// Of calls that have ended.
  std::uint64_t messages_sent_ = 0;
  std::uint64_t messages_received_ = 0;
  Signal calls_changed_;

  TaskScope* scope_ = nullptr;
  bool greeted_ = false;
  bool draining_ = false;
  Signal drain_acknowledged_;
  TimePoint idle_since_;
};

}  // namespace plinth::server

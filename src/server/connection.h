#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "async/signal.h"
#include "base/send_buffer.h"
#include "http2/session.h"
#include "net/byte_stream.h"
#include "plinth/async.h"
#include "server/call_pool.h"
#include "server/shared.h"

namespace plinth::server {

/// One client's connection: reads its bytes into an HTTP/2 session, runs its calls, writes what they answer. Lives and
/// dies on one worker.
///
/// Each turn reads once, lets every call that became ready run, and writes once.
class Connection final : public detail::ListNode, private http2::SessionVisitor, private CallOwner {
 public:
  Connection(Shared& shared, Worker& worker, CallPool& pool, std::unique_ptr<net::ByteStream> stream);
  ~Connection();

  /// Ends when the connection is closed and every call of it has ended.
  Task<void> run();

  /// Asks the client for no more calls; the connection closes once its calls have ended.
  void drain();

  /// Ends every call now with this status; their trailers are still sent.
  void cancel_calls(const Status& status);

  /// Gives up on the client: closes the connection as it is.
  void close() noexcept { stream_->close(); }

  std::size_t calls() const noexcept { return running_calls_; }
  /// Bytes of requests that no handler has taken yet.
  std::size_t unread() const noexcept { return unread_bytes; }

 private:
  class Flush final : public Worker::Ready {
   public:
    explicit Flush(Signal& wanted) noexcept : wanted_(wanted) {}
    void on_ready() noexcept override { wanted_.set_now(); }

   private:
    Signal& wanted_;
  };

  http2::StreamVisitor* on_stream_opened(http2::Stream& stream) override;
  void on_goaway(http2::StreamId last_stream, http2::ErrorCode code, std::string_view text) override;
  void on_ping() override {}
  void on_ping_ack(std::uint64_t opaque) override;
  void on_output() override { worker_.at_turn_end(flush_); }
  void on_call_ended(ServerCall& call) noexcept override;
  std::size_t unsent_bytes() const noexcept override { return session_->queued_bytes(); }

  Task<void> serve(TaskScope& scope);
  Task<bool> read_preface();
  Task<void> answer_http1();
  Task<void> read_loop();
  Task<void> write_loop();
  Task<void> close_soon();
  Task<void> close_unless_greeted();
  Task<void> keep_alive();
  Task<void> limit_age();
  Task<void> limit_idle();
  Task<void> go_away();
  Task<void> drain_acknowledged();

  Shared& shared_;
  Worker& worker_;
  CallPool& pool_;
  std::unique_ptr<net::ByteStream> stream_;
  std::unique_ptr<http2::Session> session_;

  std::vector<std::byte> read_space_;
  base::SendBuffer send_buffer_;
  Signal write_wanted_;
  Signal written_;
  Flush flush_{write_wanted_};

  detail::List<ServerCall> calls_;
  std::size_t running_calls_ = 0;
  Signal calls_changed_;

  TaskScope* scope_ = nullptr;
  bool greeted_ = false;
  bool heard_ = false;
  bool draining_ = false;
  Signal drain_acknowledged_;
  TimePoint last_read_;
  TimePoint idle_since_;
};

}  // namespace plinth::server

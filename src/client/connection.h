#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "async/entity_id.h"
#include "async/later.h"
#include "call/tally.h"
#include "call/transport.h"
#include "http2/session.h"
#include "net/byte_stream.h"
#include "plinth/async.h"
#include "plinth/channelz.h"

namespace plinth::client {

struct ConnectionOptions {
  http2::SessionOptions session;
  call::KeepAlive keep_alive;
};

/// One HTTP/2 connection to a backend, on one worker:
///
///     run -> SETTINGS come: ready -> streams -> draining (GOAWAY, or `drain`) -> its last stream ends -> over
class Connection final : public detail::ListNode, private http2::SessionVisitor {
 public:
  class Owner {
   public:
    virtual void on_ready(Connection& connection) = 0;
    /// It takes no new streams any more.
    virtual void on_draining(Connection& connection) = 0;
    /// A stream has ended.
    virtual void on_room() = 0;

   protected:
    ~Owner() = default;
  };

  Connection(Worker& worker, std::unique_ptr<net::ByteStream> stream, const ConnectionOptions& options, Owner& owner);

  /// Ends when the connection is closed; every stream has been told by then.
  Task<void> run();

  bool ready() const noexcept { return ready_; }
  bool draining() const noexcept { return draining_; }
  bool has_room() const noexcept {
    return ready_ && !draining_ && session_->open_streams() < session_->peer_max_streams();
  }

  /// Opens a stream; null when the connection takes none.
  http2::Stream* open(std::span<const base::Field> fields, http2::StreamVisitor& visitor);
  /// Bytes that the list of fields of a request may have.
  std::size_t max_header_list() const noexcept;
  /// And those of the blocks of fields of a response.
  std::size_t max_response_fields() const noexcept { return max_response_fields_; }

  /// No new streams; closes when the last one has ended.
  void drain();
  /// At once; `why` is what its calls are told.
  void close(Status why);

  /// Why its streams have been lost; OK while it lives.
  const Status& lost() const noexcept { return lost_; }
  /// The server ends it, or has lost it.
  bool ended_by_server() const noexcept { return goaway_received_ || !lost_.ok(); }
  TimePoint began() const noexcept { return began_; }
  /// The server has answered a call.
  void note_answer() noexcept { answered_ = true; }
  bool answered() const noexcept { return answered_; }
  /// What was wrong with the last frame that was refused; gives it once.
  std::string take_problem() { return session_->take_problem(); }
  /// The server has said that it is pinged too often (gRFC A8).
  bool pings_too_often() const noexcept { return pings_too_often_; }
  /// Outlives the connection, for who needs it.
  const std::shared_ptr<const Peer>& peer() const noexcept { return peer_; }

  /// A stream that was opened has ended.
  void on_exchange_end(bool well) noexcept { tally_.end(well); }
  channelz::Counts counts() const noexcept { return tally_.counts(); }
  /// What there is to tell of it, besides whether it is encrypted.
  channelz::Socket inspect() const;

 private:
  http2::StreamVisitor* on_stream_opened(http2::Stream&) override { return nullptr; }
  void on_goaway(http2::StreamId last_stream, http2::ErrorCode code, std::string_view text) override;
  void on_settings() override;
  void on_stream_closed() override;
  void on_failed(std::string_view why) override;
  void on_output() override { transport_.flush(); }

  Task<void> move(TaskScope& scope);
  Task<void> expect_settings();
  std::string how_lost() const;
  void tell_failure();
  void lose(Status why);
  void stop_taking();
  void end_if_unused();

  const std::int64_t id_ = next_entity_id();
  Owner& owner_;
  Worker& worker_;
  TimePoint began_;
  call::Tally tally_;
  call::KeepAlive keep_alive_;
  std::size_t max_response_fields_;
  std::unique_ptr<http2::Session> session_;
  call::Transport transport_;
  std::shared_ptr<const Peer> peer_;
  bool ready_ = false;
  bool draining_ = false;
  bool pings_too_often_ = false;
  bool goaway_received_ = false;
  bool answered_ = false;
  std::string goaway_;
  /// What the server has done wrong, until its calls are told.
  Status failure_;
  /// When the session is done with what failed.
  Step<Connection> failed_{*this, &Connection::tell_failure};
  Status lost_;
};

}  // namespace plinth::client

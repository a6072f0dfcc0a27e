#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/fields.h"
#include "base/send_buffer.h"
#include "http2/stream.h"
#include "plinth/detail/list.h"

namespace plinth::http2 {

/// What happens on a connection as a whole.
class SessionVisitor {
 public:
  /// The peer opens a stream (servers only). The visitor of its events; null refuses it with REFUSED_STREAM.
  virtual StreamVisitor* on_stream_opened(Stream& stream) = 0;
  /// The peer will open no streams above (client: process none above) `last_stream`.
  virtual void on_goaway(StreamId last_stream, ErrorCode code, std::string_view text) = 0;
  virtual void on_ping() {}
  virtual void on_ping_ack(std::uint64_t) {}
  /// The peer has said what it allows.
  virtual void on_settings() {}
  /// A stream is gone: there may be room for another.
  virtual void on_stream_closed() {}
  /// The connection cannot go on, and the peer is told so (GOAWAY) before this is. `why`, for people, may have bytes
  /// of the peer.
  virtual void on_failed(std::string_view) {}
  /// A command was given: `collect` has something to give.
  virtual void on_output() = 0;

 protected:
  ~SessionVisitor() = default;
};

struct SessionOptions {
  std::uint32_t max_concurrent_streams = 10'000;
  /// What a stream may receive before its reader has consumed it.
  std::int32_t stream_window = 256 * 1024;
  /// The same for the connection; consumed as it arrives, so that a slow reader holds up nobody else.
  std::int32_t connection_window = 16 * 1024 * 1024;
  /// What the peer is asked to keep to. The visitor may count; a block of four times as much resets its stream.
  std::uint32_t max_header_list_size = 16 * 1024;
};

/// HTTP/2 without I/O (RFC 9113): bytes in, events out; commands in, bytes out. Typical for a server:
///
///     receive(bytes)   -> on_stream_opened, on_field..., on_fields_end, on_data, on_end
///     send_head, send, send_trailers
///     collect(buffer)  -> the bytes of all that; on_sent, on_closed
///
/// Not for concurrent use. `receive` and `collect` must not be called from inside of events; commands may.
class Session {
 public:
  static std::unique_ptr<Session> server(const SessionOptions& options, SessionVisitor& visitor);
  static std::unique_ptr<Session> client(const SessionOptions& options, SessionVisitor& visitor);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Takes what the peer sent. False when the connection cannot go on: `collect` may still have a GOAWAY to send.
  bool receive(base::ByteView bytes);

  /// Appends what is to be sent, until `buffer` holds about kCollectLimit bytes or there is no more.
  void collect(base::SendBuffer& buffer);
  static constexpr std::size_t kCollectLimit = 256 * 1024;

  /// Opens a stream with the first block of fields of a request (clients only). Null when the ids are used up.
  Stream* open(std::span<const base::Field> fields, StreamVisitor& visitor);

  void ping(std::uint64_t opaque);

  /// The first step of a graceful end (RFC 9113, section 6.8): asks for no new streams, refuses none yet.
  void announce_goaway();
  /// The second: streams that the peer opens from now on are refused; those that are open go on.
  void goaway(ErrorCode code, std::string_view text = {});
  /// The connection is lost or given up: every open stream is closed with `code`. Nothing may follow.
  void abandon(ErrorCode code);

  /// False once neither side will send anything more: time to close the connection.
  bool alive() const noexcept;

  std::size_t open_streams() const noexcept { return open_streams_; }
  /// What the peer allows: streams at the same time, and bytes of one list of fields. Defaults until `on_settings`.
  std::size_t peer_max_streams() const noexcept;
  std::size_t peer_max_header_list() const noexcept;
  /// Bytes that the connection may receive, and may send, now (RFC 9113, section 5.2).
  std::int32_t local_window() const noexcept;
  std::int32_t remote_window() const noexcept;
  /// Bytes given to the streams' `send` that have not left yet.
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }
  /// Frames other than DATA that wait for `collect`.
  std::size_t queued_frames() const noexcept;

  /// What was wrong with the last frame that was refused, for people; empty when that is not known. It may have bytes
  /// of the peer. Gives it once.
  std::string take_problem() { return std::exchange(problem_, {}); }

 private:
  friend class Stream;
  struct Callbacks;
  struct Native;

  Session(const SessionOptions& options, SessionVisitor& visitor, bool server);
  void give_up(int native_error);
  Stream& add_stream(StreamId id);
  void drop_stream(Stream& stream);
  void close_stream(Stream& stream, ErrorCode code);

  SessionVisitor& visitor_;
  std::unique_ptr<Native> native_;
  detail::List<Stream> streams_;
  std::size_t open_streams_ = 0;
  std::size_t queued_bytes_ = 0;
  Stream* receiving_ = nullptr;
  base::SendBuffer* collecting_ = nullptr;
  bool is_server_;
  bool failed_ = false;
  bool abandoned_ = false;
  std::string problem_;
  std::size_t body_received_ = 0;
  /// Of the block of fields that is being received, as MAX_HEADER_LIST_SIZE counts them.
  std::size_t field_bytes_ = 0;
  const std::size_t most_field_bytes_;
  const std::size_t stream_window_;
  /// The peer's streams, since the last GOAWAY was submitted: it may have to wait for the network.
  bool refusing_ = false;
  std::size_t ended_early_ = 0;
};

}  // namespace plinth::http2

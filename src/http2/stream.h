#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/fields.h"
#include "base/send_buffer.h"
#include "http2/error_code.h"
#include "plinth/detail/list.h"

namespace plinth::http2 {

class Session;
using StreamId = std::int32_t;

/// What happens on one stream. A whole request is
///
///     on_field...  on_fields_end  on_data...  on_end  on_closed
///
/// On a client the trailers are a second block of fields. `on_closed` may come at any point and is the last event.
/// Commands may be given from inside of every event.
class StreamVisitor {
 public:
  /// Both texts are valid during the call only.
  virtual void on_field(std::string_view name, std::string_view value) = 0;
  /// `last`: the peer ends its side with them; `on_end` follows.
  virtual void on_fields_end(bool last) = 0;
  /// Bytes of the body. They count against the stream's receive window until `Stream::consume`.
  virtual void on_data(base::ByteView bytes) = 0;
  /// The peer has sent its last.
  virtual void on_end() = 0;
  /// `size` bytes given to `send` have left for the connection.
  virtual void on_sent(std::size_t size) = 0;
  /// The stream is gone, and the Stream with it. kNoError after both sides have ended in order.
  virtual void on_closed(ErrorCode code) = 0;

 protected:
  ~StreamVisitor() = default;
};

/// One stream of a session, to give commands to; valid until its visitor's `on_closed` returns. Commands only note what
/// is to be sent: the session's `collect` gives the bytes.
class Stream : public detail::ListNode {
 public:
  StreamId id() const noexcept { return id_; }

  /// The first block of fields of a response, with a body behind it.
  void send_head(std::span<const base::Field> fields);
  /// A part of the body. After `send_head`.
  void send(base::Bytes bytes);
  /// The last block of fields; ends this side. After `send_head`.
  void send_trailers(std::span<const base::Field> fields);
  /// The only block of fields; ends this side. Instead of `send_head`.
  void send_only(std::span<const base::Field> fields);
  /// The end of this side without trailers: how a client ends its requests.
  void send_end();

  /// Ends both sides at once: RST_STREAM.
  void reset(ErrorCode code);
  /// Its visitor hears no more of it; what is not complete is reset.
  void abandon(ErrorCode code);

  /// Opens the receive window again by `size` bytes that `on_data` has given.
  void consume(std::size_t size);
  /// When `size` bytes would not fit into the receive window now, makes it larger than SessionOptions::stream_window by
  /// `size`, as far as HTTP/2 allows, for the rest of the stream.
  void widen(std::size_t size);

  /// Bytes given to `send` that have not left yet.
  std::size_t queued() const noexcept { return queued_bytes_; }

  /// A client's: its head has been collected to be sent; before that the server cannot know of it.
  bool begun() const noexcept { return begun_; }

  /// The peer has sent RST_STREAM. In `on_closed`, with an error: else this side has.
  bool reset_by_peer() const noexcept { return reset_by_peer_; }

 private:
  friend class Session;
  enum class Ending { kNotYet, kPlain, kTrailers };

  void wake();
  void note_ending();
  void submit_trailers(std::span<const base::Field> fields);
  void move_queued(std::size_t size, base::SendBuffer& buffer);
  void drop_front();
  void clear() noexcept;

  Session* session_ = nullptr;
  StreamId id_ = 0;
  StreamVisitor* visitor_ = nullptr;
  std::vector<base::Bytes> queue_;
  std::size_t queue_front_ = 0;
  std::size_t queued_bytes_ = 0;
  bool waiting_for_data_ = false;
  bool begun_ = false;
  bool peer_ended_ = false;
  bool reset_by_peer_ = false;
  bool ended_early_ = false;
  Ending ending_ = Ending::kNotYet;
  base::FieldList trailers_;
  std::vector<std::string> trailer_texts_;
};

}  // namespace plinth::http2

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "call/waiter.h"
#include "http2/stream.h"
#include "wire/compression.h"
#include "wire/framing.h"

namespace google::protobuf {
class MessageLite;
}

namespace plinth::call {

/// The messages that a call receives: cut from the bytes of its HTTP/2 stream, kept until somebody takes them, and
/// parsed then. The stream's receive window reopens only as they are taken; while somebody waits for a message that is
/// larger than the window, also as its bytes arrive. So a call holds at most the bytes of the window and of one
/// message. For a message that comes alone, a single request or response, the window is widened, so that it comes in
/// one go; whoever wants it must not let more come behind it.
class Inbound {
 public:
  Inbound() : decoder_(0) {}

  void reset(http2::Stream* stream, std::size_t max_size, wire::Encoding encoding) noexcept;

  /// Bytes from the stream; an error ends the call.
  Status on_data(base::ByteView bytes);
  /// The peer has sent its last; INTERNAL when that was in the middle of a message.
  Status on_end();
  /// No more bytes will come, and the stream may not be touched again.
  void detach() noexcept { stream_ = nullptr; }

  bool ended() const noexcept { return ended_; }
  bool has_message() const noexcept { return decoder_.has_frame(); }
  /// Bytes have come behind the next message.
  bool has_more() const noexcept { return decoder_.has_more(); }
  bool can_take() const noexcept { return decoder_.has_frame() || ended_; }

  /// Parses the next message; false when there is none. Throws StatusError when it cannot be read.
  bool take(google::protobuf::MessageLite& message);

  /// Drops the next message; false when there is none.
  bool skip();

  /// Whole messages that have come and wait.
  std::size_t waiting() const noexcept { return decoder_.waiting(); }
  /// One of them; 0 is the next.
  const wire::Frame& waiting_frame(std::size_t index) const noexcept { return decoder_.waiting_frame(index); }

  /// What has come: whole messages, and bytes of messages.
  std::uint64_t messages() const noexcept { return messages_ + decoder_.waiting(); }
  std::uint64_t message_bytes() const noexcept {
    const auto prefixes = decoder_.waiting() + (decoder_.at_boundary() ? 0 : 1);
    return message_bytes_ + decoder_.buffered() - std::min(decoder_.buffered(), prefixes * wire::kPrefixSize);
  }

  /// Of the message taken last.
  bool last_was_compressed() const noexcept { return last_was_compressed_; }

  /// Bytes held for the reader, with what it costs to keep each message: most may be smaller than that.
  std::size_t held() const noexcept { return decoder_.buffered() + kCostOfKeeping * decoder_.waiting(); }

  Waiter& reader() noexcept { return reader_; }
  /// Somebody wants the next message now: it may be as large as the limit. `only`: none comes behind it, so that the
  /// window, which stays as wide as it was made, may be widened.
  void want(bool only = false) noexcept;

 private:
  static constexpr std::size_t kCostOfKeeping = 128;

  std::optional<wire::Frame> next();
  void make_room() noexcept;
  void reopen(std::size_t size) noexcept;

  http2::Stream* stream_ = nullptr;
  wire::FrameDecoder decoder_;
  wire::Encoding encoding_ = wire::Encoding::kIdentity;
  std::size_t max_size_ = 0;
  std::size_t unopened_ = 0;
  bool wanted_ = false;
  bool only_ = false;
  bool ended_ = false;
  bool last_was_compressed_ = false;
  std::uint64_t messages_ = 0;
  std::uint64_t message_bytes_ = 0;
  Waiter reader_;
};

}  // namespace plinth::call

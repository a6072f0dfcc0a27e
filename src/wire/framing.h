#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "plinth/status.h"

namespace plinth::wire {

/// Length-Prefixed-Message of PROTOCOL-HTTP2.md: one byte of flags, four of length (big endian), the message.
inline constexpr std::size_t kPrefixSize = 5;

/// Writes the prefix of a message of `size` bytes.
void write_prefix(std::byte* place, bool compressed, std::uint32_t size) noexcept;

/// One message as it travelled.
struct Frame {
  bool compressed = false;
  base::Bytes message;
};

/// Cuts a stream of bytes, however it is split, into messages. Holds at most one unfinished message, and reserves
/// memory for it only in proportion to the bytes that have arrived, whatever its prefix says.
///
/// A message that is fed whole and taken before the next costs one pooled block and one copy.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t max_size) noexcept : max_size_(max_size) {}

  /// Takes bytes. Errors, after which it must not be fed again: RESOURCE_EXHAUSTED for a message above the limit (the
  /// sentence has both numbers), INTERNAL for a flags byte that is not 0 or 1.
  Status feed(base::ByteView bytes);

  /// The next whole message, in order.
  std::optional<Frame> next();
  bool has_frame() const noexcept { return front_.has_value(); }
  /// Bytes have come behind the next whole message.
  bool has_more() const noexcept { return front_ && (rest_begin_ < rest_.size() || !at_boundary()); }
  /// Whole messages that wait.
  std::size_t waiting() const noexcept { return (front_ ? 1 : 0) + rest_.size() - rest_begin_; }
  /// One of them; 0 is the next.
  const Frame& waiting_frame(std::size_t index) const noexcept {
    return index == 0 ? *front_ : rest_[rest_begin_ + index - 1];
  }

  /// True when the bytes so far end between two messages: what they must do at the end of the stream.
  bool at_boundary() const noexcept { return prefix_size_ == 0 && !in_message_; }

  /// Bytes that the message which has begun still needs.
  std::size_t missing() const noexcept { return in_message_ ? expected_ - received_ : 0; }

  /// Bytes held, as they were on the wire: whole messages not yet taken and the unfinished one, with their prefixes.
  std::size_t buffered() const noexcept { return buffered_; }

  /// As newly made, with the memory of its queue kept unless that has grown out of the ordinary.
  void reset(std::size_t max_size) noexcept;

 private:
  const std::byte* take_prefix(base::ByteView& bytes) noexcept;
  Status begin_message(const std::byte* prefix);
  void take_message(base::ByteView& bytes);
  void append(base::ByteView part);
  void finish();

  std::size_t max_size_;
  std::size_t buffered_ = 0;
  std::array<std::byte, kPrefixSize> prefix_{};
  std::size_t prefix_size_ = 0;
  bool in_message_ = false;
  bool compressed_ = false;
  std::size_t expected_ = 0;
  std::size_t received_ = 0;
  base::Bytes partial_;

  // The first frame, and behind it those of rest_ from rest_begin_ on: a frame that waits alone needs no queue.
  std::optional<Frame> front_;
  std::vector<Frame> rest_;
  std::size_t rest_begin_ = 0;
};

}  // namespace plinth::wire

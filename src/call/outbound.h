#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "call/waiter.h"
#include "http2/stream.h"
#include "wire/compression.h"

namespace google::protobuf {
class MessageLite;
}

namespace plinth::call {

/// The messages that a call sends, as bytes in its stream's queue. There is room until kSendBuffer bytes wait there for
/// the peer's window; one message may stand above that.
class Outbound {
 public:
  static constexpr std::size_t kSendBuffer = 64 * 1024;

  void reset(http2::Stream* stream) noexcept {
    stream_ = stream;
    writer_.forget();
    encoding_ = wire::Encoding::kIdentity;
  }
  /// From now on messages go to this stream; null: nowhere.
  void attach(http2::Stream* stream) noexcept { stream_ = stream; }
  void detach() noexcept {
    stream_ = nullptr;
    writer_.wake();
  }

  void set_encoding(wire::Encoding encoding) noexcept { encoding_ = encoding; }

  /// `message` with its prefix, compressed when the call compresses. RESOURCE_EXHAUSTED when it is too large for one.
  base::Bytes serialize(const google::protobuf::MessageLite& message) const;

  bool attached() const noexcept { return stream_ != nullptr; }
  void put(base::Bytes framed) {
    if (stream_) stream_->send(std::move(framed));
  }
  bool can_put() const noexcept { return !stream_ || stream_->queued() < kSendBuffer; }
  void on_sent() noexcept {
    if (can_put()) writer_.wake();
  }

  Waiter& writer() noexcept { return writer_; }

 private:
  http2::Stream* stream_ = nullptr;
  wire::Encoding encoding_ = wire::Encoding::kIdentity;
  Waiter writer_;
};

}  // namespace plinth::call

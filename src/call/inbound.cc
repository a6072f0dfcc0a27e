#include "call/inbound.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>
#include <climits>

namespace plinth::call {

namespace {
constexpr std::size_t kWorthWidening = 64 * 1024;
}

void Inbound::reset(http2::Stream* stream, std::size_t max_size, wire::Encoding encoding) noexcept {
  stream_ = stream;
  reader_.forget();
  encoding_ = encoding;
  max_size_ = std::min<std::size_t>(max_size, INT_MAX);  // protobuf's own limit
  decoder_.reset(max_size_);
  unopened_ = 0;
  wanted_ = only_ = false;
  ended_ = false;
  last_was_compressed_ = false;
  messages_ = 0;
  message_bytes_ = 0;
}

Status Inbound::on_data(base::ByteView bytes) {
  unopened_ += bytes.size();
  if (auto status = decoder_.feed(bytes); !status.ok()) return status;
  if (decoder_.has_frame()) {
    reader_.wake();
  } else if (wanted_) {
    make_room();
  }
  return {};
}

Status Inbound::on_end() {
  ended_ = true;
  reader_.wake();
  if (!decoder_.at_boundary()) return internal_error("the stream ended in the middle of a message");
  return {};
}

std::optional<wire::Frame> Inbound::next() {
  auto frame = decoder_.next();
  if (!frame) return frame;
  wanted_ = false;
  last_was_compressed_ = frame->compressed;
  ++messages_;
  message_bytes_ += frame->message.size();
  reopen(std::min(unopened_, wire::kPrefixSize + frame->message.size()));
  return frame;
}

bool Inbound::skip() { return next().has_value(); }

bool Inbound::take(google::protobuf::MessageLite& message) {
  auto frame = next();
  if (!frame) return false;
  auto bytes = std::move(frame->message);
  if (frame->compressed) {
    auto plain = wire::decompress(encoding_, bytes.view(), max_size_);
    if (!plain) throw StatusError(std::move(plain).error());
    bytes = std::move(*plain);
  }
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw StatusError(internal_error("the message that came is no valid {}", message.GetTypeName()));
  }
  return true;
}

void Inbound::want(bool only) noexcept {
  wanted_ = true;
  only_ |= only;
  if (!decoder_.has_frame()) make_room();
}

/// For a message that may be larger than the window, in steps of half of that, or at once.
void Inbound::make_room() noexcept {
  if (stream_ && only_ && decoder_.missing() > kWorthWidening) stream_->widen(decoder_.missing());
  reopen(unopened_);
}

void Inbound::reopen(std::size_t size) noexcept {
  if (size == 0 || !stream_) return;
  unopened_ -= size;
  stream_->consume(size);
}

}  // namespace plinth::call

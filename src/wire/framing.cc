#include "wire/framing.h"

#include <algorithm>
#include <utility>

namespace plinth::wire {

namespace {

constexpr std::size_t kFirstStep = 1024;
constexpr std::size_t kReservedPerReceived = 4;
constexpr std::size_t kQueueKept = 64;

std::uint32_t read_size(const std::byte* prefix) noexcept {
  std::uint32_t size = 0;
  for (std::size_t i = 1; i < kPrefixSize; ++i) size = size << 8 | std::to_integer<std::uint32_t>(prefix[i]);
  return size;
}

}  // namespace

void write_prefix(std::byte* place, bool compressed, std::uint32_t size) noexcept {
  place[0] = static_cast<std::byte>(compressed);
  for (std::size_t i = 1; i < kPrefixSize; ++i) place[i] = static_cast<std::byte>(size >> (8 * (kPrefixSize - 1 - i)));
}

Status FrameDecoder::feed(base::ByteView bytes) {
  while (!bytes.empty()) {
    if (!in_message_) {
      const std::byte* prefix = take_prefix(bytes);
      if (!prefix) return {};
      if (auto status = begin_message(prefix); !status.ok()) return status;
    }
    take_message(bytes);
  }
  return {};
}

std::optional<Frame> FrameDecoder::next() {
  if (!front_) return std::nullopt;
  auto frame = std::exchange(front_, std::nullopt);
  buffered_ -= kPrefixSize + frame->message.size();
  if (rest_begin_ < rest_.size()) front_ = std::move(rest_[rest_begin_++]);
  if (rest_begin_ == rest_.size()) {
    rest_.clear();
    rest_begin_ = 0;
  }
  return frame;
}

void FrameDecoder::reset(std::size_t max_size) noexcept {
  auto queue = std::move(rest_);
  queue.clear();
  *this = FrameDecoder(max_size);
  if (queue.capacity() <= kQueueKept) rest_ = std::move(queue);
}

/// The five bytes of a prefix, in `bytes` itself where they lie there together; null while some are missing.
const std::byte* FrameDecoder::take_prefix(base::ByteView& bytes) noexcept {
  if (prefix_size_ == 0 && bytes.size() >= kPrefixSize) {
    const std::byte* prefix = bytes.data();
    bytes = bytes.subspan(kPrefixSize);
    return prefix;
  }
  const auto part = bytes.first(std::min(bytes.size(), kPrefixSize - prefix_size_));
  std::ranges::copy(part, prefix_.begin() + static_cast<std::ptrdiff_t>(prefix_size_));
  bytes = bytes.subspan(part.size());
  prefix_size_ += part.size();
  if (prefix_size_ < kPrefixSize) return nullptr;
  prefix_size_ = 0;
  return prefix_.data();
}

Status FrameDecoder::begin_message(const std::byte* prefix) {
  const auto flags = std::to_integer<unsigned>(prefix[0]);
  if (flags > 1) return internal_error("the flags byte of a message is {}, and must be 0 or 1", flags);
  expected_ = read_size(prefix);
  if (expected_ > max_size_) {
    return resource_exhausted("message of {} bytes is larger than the limit of {} bytes; send less, or raise the limit",
                              expected_, max_size_);
  }
  in_message_ = true;
  compressed_ = flags == 1;
  received_ = 0;
  buffered_ += kPrefixSize;
  return {};
}

void FrameDecoder::take_message(base::ByteView& bytes) {
  const auto part = bytes.first(std::min(bytes.size(), expected_ - received_));
  bytes = bytes.subspan(part.size());
  buffered_ += part.size();
  append(part);
  if (received_ == expected_) finish();
}

void FrameDecoder::append(base::ByteView part) {
  if (part.empty()) return;
  const auto needed = received_ + part.size();
  if (needed > partial_.size()) {
    auto larger = base::Bytes::allocate(std::min(expected_, std::max(kFirstStep, kReservedPerReceived * needed)));
    if (received_ > 0) std::memcpy(larger.mutable_data(), partial_.data(), received_);
    partial_ = std::move(larger);
  }
  std::memcpy(partial_.mutable_data() + received_, part.data(), part.size());
  received_ = needed;
}

void FrameDecoder::finish() {
  in_message_ = false;
  Frame frame{compressed_, std::move(partial_)};
  if (!front_) {
    front_ = std::move(frame);
    return;
  }
  if (rest_begin_ > rest_.size() / 2) {
    rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(rest_begin_));
    rest_begin_ = 0;
  }
  rest_.push_back(std::move(frame));
}

}  // namespace plinth::wire

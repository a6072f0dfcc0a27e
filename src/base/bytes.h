#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "plinth/detail/pool.h"

namespace plinth::base {

using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }
inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A run of bytes in a shared, pooled block. Copies share the block; a part of one is another.
/// The count of owners is not atomic: all copies of one block stay on one thread.
class Bytes {
 public:
  Bytes() noexcept = default;

  /// A new block of `size` bytes, not initialised, for the caller to fill before it is shared.
  static Bytes allocate(std::size_t size);
  /// A copy of nothing has no block.
  static Bytes copy_of(ByteView source);
  static Bytes copy_of(std::string_view source) { return copy_of(as_bytes(source)); }

  Bytes(const Bytes& other) noexcept : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_) ++block_->owners;
  }
  Bytes(Bytes&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Bytes& operator=(Bytes other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Bytes() {
    if (block_ && --block_->owners == 0) release();
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const std::byte* data() const noexcept { return data_; }
  ByteView view() const noexcept { return {data_, size_}; }
  std::string_view text() const noexcept { return as_text(view()); }

  /// To fill a block that `allocate` has just made.
  std::byte* mutable_data() noexcept { return data_; }

  Bytes part(std::size_t offset, std::size_t size) const noexcept {
    Bytes result(*this);
    result.data_ += offset;
    result.size_ = size;
    return result;
  }
  void remove_prefix(std::size_t size) noexcept {
    data_ += size;
    size_ -= size;
  }
  void truncate(std::size_t size) noexcept { size_ = size; }

 private:
  struct Block {
    std::size_t capacity;
    std::uint32_t owners;
  };
  void release() noexcept;

  Block* block_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace plinth::base

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace plinth::base {

/// Bytes in the order in which they go out. Small runs are copied together; large ones are pointed at, and kept alive
/// until `clear`.
class SendBuffer {
 public:
  void append(ByteView bytes) {
    const auto offset = copied_.size();
    copied_.insert(copied_.end(), bytes.begin(), bytes.end());
    size_ += bytes.size();
    if (!runs_.empty() && runs_.back().is_copied()) {
      runs_.back().size += bytes.size();
    } else {
      runs_.push_back({Bytes(), offset, bytes.size()});
    }
  }

  void append(const Bytes& bytes) {
    if (bytes.size() < kWorthPointingAt) return append(bytes.view());
    size_ += bytes.size();
    runs_.push_back({bytes, 0, bytes.size()});
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// What it holds, run by run. Valid until it is next changed.
  std::span<const ByteView> pieces() {
    pieces_.clear();
    for (const auto& run : runs_) {
      pieces_.push_back(run.is_copied() ? ByteView(copied_.data() + run.offset, run.size) : run.owner.view());
    }
    return pieces_;
  }

  /// Empties it; keeps the memory for copies, unless that is far more than usual.
  void clear() noexcept {
    runs_.clear();
    size_ = 0;
    if (copied_.capacity() > kUsualCapacity) std::vector<std::byte>().swap(copied_);
    copied_.clear();
  }

 private:
  static constexpr std::size_t kWorthPointingAt = 4096;
  static constexpr std::size_t kUsualCapacity = 64 * 1024;

  struct Run {
    Bytes owner;
    std::size_t offset;
    std::size_t size;
    bool is_copied() const noexcept { return owner.data() == nullptr; }
  };

  std::vector<std::byte> copied_;
  std::vector<Run> runs_;
  std::vector<ByteView> pieces_;
  std::size_t size_ = 0;
};

}  // namespace plinth::base

#pragma once

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "net/byte_stream.h"

namespace plinth::test {

/// A byte stream whose network fails after so many bytes.
class BreakingStream final : public net::ByteStream {
 public:
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  BreakingStream(std::unique_ptr<net::ByteStream> inner, std::size_t readable, std::size_t writable)
      : inner_(std::move(inner)), readable_(readable), writable_(writable) {}

  Task<net::IoResult> read_some(std::span<std::byte> space) override {
    if (readable_ == 0) co_return std::unexpected(std::make_error_code(std::errc::connection_reset));
    auto read = inner_->read_some(space.first(std::min(space.size(), readable_)));
    const auto size = co_await std::move(read);
    if (size) readable_ -= *size;
    co_return size;
  }

  Task<std::error_code> write_all(std::span<const base::ByteView> pieces) override {
    std::vector<base::ByteView> allowed;
    bool breaks = false;
    for (auto piece : pieces) {
      breaks = breaks || piece.size() > writable_;
      allowed.push_back(piece.first(std::min(piece.size(), writable_)));
      writable_ -= allowed.back().size();
    }
    auto write = inner_->write_all(allowed);
    const auto error = co_await std::move(write);
    co_return breaks ? std::make_error_code(std::errc::broken_pipe) : error;
  }

  void shut_write() noexcept override { inner_->shut_write(); }
  void close() noexcept override { inner_->close(); }
  const Peer& peer() const noexcept override { return inner_->peer(); }

 private:
  std::unique_ptr<net::ByteStream> inner_;
  std::size_t readable_;
  std::size_t writable_;
};

}  // namespace plinth::test

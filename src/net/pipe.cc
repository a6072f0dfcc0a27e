#include "net/pipe.h"

#include <algorithm>
#include <vector>

#include "async/signal.h"

namespace plinth::net {

namespace {

/// One direction. Kept by both ends.
struct Channel {
  explicit Channel(std::size_t capacity) : capacity(capacity) {}

  std::size_t capacity;
  std::vector<std::byte> bytes;
  bool write_ended = false;
  bool broken = false;
  Signal changed_for_reader;
  Signal changed_for_writer;

  bool open_for_writing() const noexcept { return !write_ended && !broken; }

  /// What has been written can still be read.
  void end_writing() {
    write_ended = true;
    wake_both();
  }
  void break_off() {
    broken = true;
    wake_both();
  }
  void wake_both() {
    changed_for_reader.set();
    changed_for_writer.set();
  }
};

class PipeEnd final : public ByteStream {
 public:
  PipeEnd(std::string name, std::shared_ptr<Channel> in, std::shared_ptr<Channel> out)
      : in_(std::move(in)), out_(std::move(out)) {
    peer_.address = "inproc:" + std::move(name);
  }
  ~PipeEnd() override { close(); }

  Task<IoResult> read_some(std::span<std::byte> space) override {
    while (in_->bytes.empty() && in_->open_for_writing()) co_await in_->changed_for_reader.wait();
    if (in_->broken) co_return std::unexpected(std::make_error_code(std::errc::connection_reset));
    const auto size = std::min(space.size(), in_->bytes.size());
    const auto end = in_->bytes.begin() + static_cast<std::ptrdiff_t>(size);
    std::copy(in_->bytes.begin(), end, space.begin());
    in_->bytes.erase(in_->bytes.begin(), end);
    in_->changed_for_writer.set();
    co_return size;
  }

  Task<std::error_code> write_all(std::span<const base::ByteView> pieces) override {
    for (auto piece : pieces) {
      while (!piece.empty()) {
        if (!out_->open_for_writing()) co_return std::make_error_code(std::errc::broken_pipe);
        const auto size = std::min(piece.size(), out_->capacity - out_->bytes.size());
        out_->bytes.insert(out_->bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size));
        piece = piece.subspan(size);
        out_->changed_for_reader.set();
        if (!piece.empty()) co_await out_->changed_for_writer.wait();
      }
    }
    co_return std::error_code();
  }

  void shut_write() noexcept override { out_->end_writing(); }
  void close() noexcept override {
    if (std::exchange(closed_, true)) return;
    out_->end_writing();
    in_->break_off();
  }
  const Peer& peer() const noexcept override { return peer_; }

 private:
  Peer peer_;
  std::shared_ptr<Channel> in_;
  std::shared_ptr<Channel> out_;
  bool closed_ = false;
};

}  // namespace

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> make_pipe(const std::string& name,
                                                                              std::size_t capacity) {
  auto there = std::make_shared<Channel>(capacity);
  auto back = std::make_shared<Channel>(capacity);
  return {std::make_unique<PipeEnd>(name, back, there), std::make_unique<PipeEnd>(name, there, back)};
}

}  // namespace plinth::net

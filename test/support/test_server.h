#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/pipe.h"
#include "server/connection.h"
#include "support/kept_log.h"
#include "support/manual_loop.h"
#include "support/string_servicer.h"

namespace plinth::test {

/// What connections are served with: a worker that runs when the test says so, settings, one service.
struct TestServer {
  TestServer() {
    shared.logger = log;
    if (!shared.methods.add(servicer).ok()) std::abort();
  }

  ServerSettings& settings() { return shared.settings; }
  void poll() { loop.poll(); }
  void advance(Duration time) { loop.advance(time); }

  template <class Function>
  void turn(Function function) {
    {
      Worker::Turn turn(loop.worker());
      function();
    }
    poll();
  }

  std::shared_ptr<KeptLog> log = std::make_shared<KeptLog>();
  ManualLoop loop{log};
  std::shared_ptr<StringServicer> servicer = std::make_shared<StringServicer>();
  server::Shared shared;
  server::CallPool calls{shared, loop.worker()};
};

/// A connection of the server, and the wire's other end in the test's hands: bytes in, bytes out.
class TestWire {
 public:
  explicit TestWire(TestServer& server) : TestWire(server, net::make_pipe("test")) {}
  TestWire(TestServer& server, std::pair<std::unique_ptr<net::ByteStream>, std::unique_ptr<net::ByteStream>> pipe)
      : server_(server),
        end_(std::move(pipe.second)),
        connection_(server.shared, server.loop.worker(), server.calls, std::move(pipe.first)),
        running_(server.loop.worker(), connection_.run()) {
    read_on();
  }

  ~TestWire() {
    close();
    server_.advance(std::chrono::seconds(2));
    if (!running_.done()) std::abort();  // a handler that waits for what is not the call
  }

  server::Connection& connection() { return connection_; }

  /// Bytes to the server; it has handled them when this returns, unless it reads no more.
  void send(std::string bytes) {
    writes_.emplace_back(server_.loop.worker(), *end_, std::move(bytes));
    server_.poll();
    while (!writes_.empty() && writes_.front().started.done()) writes_.pop_front();
  }
  /// Whether all that was sent has been taken.
  bool all_taken() const { return writes_.empty() || writes_.back().started.done(); }

  /// What the server has sent since this was last asked for.
  std::string take_received() { return std::exchange(received_, {}); }

  /// From now on, nothing that the server sends is read.
  void stop_reading() { reading_ = false; }
  void read_on() {
    reading_ = true;
    if (!reader_ || reader_->done()) reader_.emplace(server_.loop.worker(), read());
    server_.poll();
  }

  /// The client goes away.
  void close() {
    server_.turn([this] { end_->close(); });
  }

  /// The server has ended its side.
  bool server_closed() const { return server_closed_; }
  /// The connection is over, and every call of it.
  bool done() const { return running_.done(); }

 private:
  struct Write {
    Write(Worker& worker, net::ByteStream& end, std::string text)
        : bytes(std::move(text)), piece(base::as_bytes(bytes)), started(worker, end.write_all(std::span(&piece, 1))) {}
    std::string bytes;
    base::ByteView piece;
    Started<std::error_code> started;
  };

  Task<void> read() {
    while (reading_) {
      auto some = end_->read_some(space_);
      const auto size = co_await std::move(some);
      if (!size || *size == 0) {
        server_closed_ = true;
        co_return;
      }
      received_ += base::as_text(base::ByteView(space_).first(*size));
    }
  }

  TestServer& server_;
  std::unique_ptr<net::ByteStream> end_;
  server::Connection connection_;
  Started<void> running_;
  std::array<std::byte, 16 * 1024> space_;
  bool reading_ = true;
  bool server_closed_ = false;
  std::string received_;
  std::optional<Started<void>> reader_;
  std::deque<Write> writes_;
};

}  // namespace plinth::test

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/signal.h"
#include "base/send_buffer.h"
#include "http2/session.h"
#include "net/byte_stream.h"
#include "plinth/async.h"

namespace plinth::call {

/// When a silent connection is asked whether it still lives (gRFC A8 and A9).
struct KeepAlive {
  /// Silence before a ping; zero: none is sent.
  Duration time = Duration::zero();
  /// How long the answer, or anything else, may take; after that the connection is closed.
  Duration timeout = std::chrono::seconds(20);
  /// Asked before a ping is sent; none: always.
  /// When it says no, it is asked again after `Transport::on_keep_alive_wanted`.
  std::function<bool()> wanted = {};
};

/// Moves the bytes of an HTTP/2 session over a byte stream, both ways, on one worker.
///
/// Each turn reads once, lets every call that became ready run, and writes once.
class Transport {
 public:
  /// More answers to frames than this (resets, acknowledgements, heads), which the network has not taken: nothing more
  /// is read.
  static constexpr std::size_t kUnsentFrames = 10'000;
  /// What the pings of `keep_alive` carry.
  static constexpr std::uint64_t kKeepAlivePing = 1;

  Transport(Worker& worker, std::unique_ptr<net::ByteStream> stream, http2::Session& session);

  /// Reads and writes until the peer has sent its last or the connection fails. Spawns what it needs into `scope`,
  /// which is to be cancelled after that.
  Task<void> run(TaskScope& scope, KeepAlive keep_alive, std::size_t unsent_frames = kUnsentFrames);

  /// What the session has to send leaves at the end of this turn.
  void flush() noexcept { worker_.at_turn_end(flush_); }

  /// A connection that has been silent for too long meanwhile is asked at once whether it lives.
  void on_keep_alive_wanted() noexcept { keep_alive_wanted_.set(); }

  /// Ends it at once, from both sides.
  void close() noexcept { stream_->close(); }

  net::ByteStream& stream() noexcept { return *stream_; }
  const net::ByteStream& stream() const noexcept { return *stream_; }
  TimePoint last_read() const noexcept { return last_read_; }
  std::uint64_t keep_alives_sent() const noexcept { return keep_alives_sent_; }
  /// What went wrong, for people, once `run` has ended; empty when the peer has ended it in order.
  const std::string& problem() const noexcept { return problem_; }

 private:
  class Flush final : public Worker::Ready {
   public:
    explicit Flush(Signal& wanted) noexcept : wanted_(wanted) {}
    void on_ready() noexcept override { wanted_.set_now(); }

   private:
    Signal& wanted_;
  };

  void note_problem(std::string problem);
  Task<void> write();
  Task<void> close_soon();
  Task<void> keep_alive(KeepAlive options);

  Worker& worker_;
  std::unique_ptr<net::ByteStream> stream_;
  http2::Session& session_;
  std::vector<std::byte> read_space_;
  base::SendBuffer send_buffer_;
  Signal write_wanted_;
  Signal written_;
  Signal keep_alive_wanted_;
  Flush flush_{write_wanted_};
  bool heard_ = false;
  std::uint64_t keep_alives_sent_ = 0;
  bool write_failed_ = false;
  std::string problem_;
  TimePoint last_read_;
};

}  // namespace plinth::call

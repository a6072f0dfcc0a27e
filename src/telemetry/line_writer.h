#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace plinth::telemetry {

struct LineWriterLimits {
  /// Bytes that may wait; as many again may be on their way.
  std::size_t queued = 4 * 1024 * 1024;
  /// How long a flush waits.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
};

/// Carries lines to a file on a thread of its own, in their order and many with one write. Who logs never waits for a
/// disk, a pipe or a terminal, and never dies of them: lines that come while too many wait, or that cannot be written,
/// are lost and counted. All functions may be called from any thread.
class LineWriter {
 public:
  /// `fd` stays the caller's, and open until this is destroyed.
  explicit LineWriter(int fd, const LineWriterLimits& limits = {});
  /// Flushes. What a reader that stalls has not taken by then is lost.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `line` ends with a line break.
  void put(std::string_view line) noexcept;

  /// Waits until all that was put before is written or lost. False when that takes too long; after that it does not
  /// wait again until something has been written.
  bool flush() noexcept;

  /// How many lines were lost since this was last asked, for two who ask: the log itself, which hears 0 while there is
  /// no use in telling it, and a counter.
  std::uint64_t take_untold() noexcept;
  std::uint64_t take_uncounted() noexcept;

 private:
  class Queue;
  const std::shared_ptr<Queue> queue_;
};

}  // namespace plinth::telemetry

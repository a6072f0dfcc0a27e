#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "plinth/event.h"
#include "telemetry/span_record.h"

namespace plinth::telemetry {

/// Spans between the calls that have recorded them and the one that sends them. All functions but `listen` may be
/// called from any thread.
class SpanQueue {
 public:
  using Batch = std::vector<std::unique_ptr<SpanRecord>>;

  static constexpr std::size_t kMostSpans = 2048;
  static constexpr std::size_t kMostBytes = 16 * 1024 * 1024;
  static constexpr std::size_t kBatchSpans = 512;
  static constexpr std::size_t kBatchBytes = 2 * 1024 * 1024;

  /// False: there is no room, and the span is gone.
  bool push(std::unique_ptr<SpanRecord> span);

  /// The oldest spans: at most a batch, at least one when there is any. `sent` says what has become of them.
  Batch take_batch();
  void sent();

  /// From now on `wake` is set when there is a batch, and by `hurry`. On its worker.
  void listen(Event wake);
  bool has_batch() const;

  /// Whether somebody waits for spans that it still has.
  bool hurried() const;
  /// Waits until everything has been sent. False when that takes longer than `limit`.
  bool hurry(Duration limit);

  /// Spans that have not been sent.
  std::size_t left() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<SpanRecord>> spans_;
  std::size_t bytes_ = 0;
  std::size_t on_the_way_ = 0;
  /// Spans that have come, and those that are gone, since the beginning.
  std::uint64_t pushed_ = 0;
  std::uint64_t gone_ = 0;
  int hurrying_ = 0;
  std::optional<Event> wake_;
};

}  // namespace plinth::telemetry

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "plinth/deadline.h"
#include "plinth/log.h"
#include "plinth/metrics.h"

namespace plinth::telemetry {

/// Counts what telemetry has lost, and says so: at once in a metric, once a minute in the log.
class DropReport {
 public:
  /// `signal`: "traces". `metrics` may be null.
  DropReport(std::string signal, std::shared_ptr<Logger> logger, std::shared_ptr<Metrics> metrics);

  /// From any thread.
  void add(std::size_t count) noexcept;

  /// Writes a line when something was lost since the last one, if that is a minute ago. One thread at a time.
  void write(TimePoint now, std::string_view why);
  void write_now(std::string_view why);

 private:
  const std::string signal_;
  const std::shared_ptr<Logger> logger_;
  const std::shared_ptr<Metrics> metrics_;
  Counter* const counter_;
  std::atomic<std::uint64_t> unsaid_ = 0;
  TimePoint next_line_ = TimePoint::min();
};

}  // namespace plinth::telemetry

#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "plinth/log.h"
#include "telemetry/line_span.h"
#include "telemetry/line_writer.h"

namespace plinth::telemetry {

struct LineLoggerOptions {
  LogFormat format = LogFormat::kJson;
  LogLevel level = LogLevel::kInfo;
  /// Colours the level, in the console format.
  bool colour = false;
  std::chrono::system_clock::time_point (*now)() noexcept = &std::chrono::system_clock::now;
  /// Asked on the thread that logs; may be null.
  LineSpan (*span)() noexcept = nullptr;
  /// Where lost lines are counted; may be null.
  std::shared_ptr<Metrics> metrics = nullptr;
};

/// Makes one line of each event, for a writer to carry away.
class LineLogger final : public Logger {
 public:
  LineLogger(std::shared_ptr<LineWriter> writer, LineLoggerOptions options);
  /// Flushes the writer.
  ~LineLogger() override;

 private:
  void log(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept override;
  void tell_lost_lines() noexcept;
  void put(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept;

  const std::shared_ptr<LineWriter> writer_;
  const LineLoggerOptions options_;
  std::shared_ptr<void> counting_;
};

}  // namespace plinth::telemetry

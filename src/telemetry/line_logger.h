#pragma once

#include <spdlog/sinks/sink.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string_view>

#include "plinth/log.h"

namespace plinth::telemetry {

/// The span that a line belongs to; empty when there is none. Valid until the line has been written.
struct LineSpan {
  std::string_view trace_id;
  std::string_view span_id;
};

struct LineLoggerOptions {
  LogFormat format = LogFormat::kJson;
  LogLevel level = LogLevel::kInfo;
  /// Colours the level, in the console format.
  bool colour = false;
  std::chrono::system_clock::time_point (*now)() noexcept = &std::chrono::system_clock::now;
  /// Asked on the thread that logs; may be null.
  LineSpan (*span)() noexcept = nullptr;
};

/// Writes each event as one line, made here from beginning to end; spdlog's sink only carries it away.
class LineLogger final : public Logger {
 public:
  /// The sink's own formatting is switched off.
  LineLogger(std::shared_ptr<spdlog::sinks::sink> sink, const LineLoggerOptions& options);

 private:
  void log(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept override;

  const std::shared_ptr<spdlog::sinks::sink> sink_;
  const LineLoggerOptions options_;
};

/// Writes to `file`, which must outlive it, and flushes after each line.
std::shared_ptr<spdlog::sinks::sink> make_file_sink(std::FILE* file);

/// Whether a person looks at `file`: it is a terminal, and NO_COLOR is not set.
bool wants_colour(std::FILE* file) noexcept;

}  // namespace plinth::telemetry

#include "telemetry/line_logger.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "plinth/metrics.h"
#include "telemetry/log_text.h"
#include "telemetry/log_time.h"
#include "telemetry/standard_output.h"

namespace plinth::telemetry {

namespace {

using std::chrono::system_clock;

struct LevelFace {
  std::string_view label;
  std::string_view colour;
};
constexpr std::array<LevelFace, 5> kFaces = {{
    {"DEBUG ", "\x1b[36m"},
    {"INFO  ", "\x1b[32m"},
    {"WARN  ", "\x1b[33m"},
    {"ERROR ", "\x1b[31m"},
    {"OFF   ", ""},
}};
constexpr std::string_view kNoColour = "\x1b[0m";

const LevelFace& face_of(LogLevel level) noexcept { return kFaces[static_cast<std::size_t>(level)]; }

void append_double(fmt::memory_buffer& line, double number) {
  if (!std::isfinite(number)) return append(line, "null");
  fmt::format_to(std::back_inserter(line), "{}", number);
}

template <class AppendText>
void append_value(fmt::memory_buffer& line, const LogField::Value& value, AppendText append_text) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return append_text(line, *text);
  if (const auto* number = std::get_if<double>(&value)) return append_double(line, *number);
  if (const auto* flag = std::get_if<bool>(&value)) return append(line, *flag ? "true" : "false");
  const fmt::format_int digits(std::get<std::int64_t>(value));
  append(line, {digits.data(), digits.size()});
}

/// A field of such a name must not pass for the line's own.
bool is_reserved(std::string_view key) noexcept {
  constexpr std::array<std::string_view, 5> kReserved = {"timestamp", "level", "event", "trace_id", "span_id"};
  return std::ranges::find(kReserved, key) != kReserved.end();
}

void append_json_key(fmt::memory_buffer& line, std::string_view key) {
  line.push_back(',');
  append_json_text(line, key);
  if (is_reserved(key)) {
    line.resize(line.size() - 1);
    append(line, "_\"");
  }
  line.push_back(':');
}

void append_json_span(fmt::memory_buffer& line, const LineSpan& span) {
  if (!span) return;
  append(line, ",\"trace_id\":");
  append_json_text(line, span.trace_text());
  append(line, ",\"span_id\":");
  append_json_text(line, span.span_text());
}

void append_json_line(fmt::memory_buffer& line, system_clock::time_point time, LogLevel level, std::string_view event,
                      std::span<const LogField> fields, const LineSpan& span) {
  append(line, "{\"timestamp\":\"");
  append_timestamp(line, time);
  append(line, "\",\"level\":\"");
  append(line, to_string(level));
  append(line, "\",\"event\":");
  append_json_text(line, event);
  for (const auto& field : fields) {
    append_json_key(line, field.key);
    append_value(line, field.value, append_json_text);
  }
  append_json_span(line, span);
  line.push_back('}');
}

void append_level(fmt::memory_buffer& line, LogLevel level, bool colour) {
  const auto& face = face_of(level);
  if (!colour) return append(line, face.label);
  append(line, face.colour);
  append(line, face.label);
  append(line, kNoColour);
}

void append_console_line(fmt::memory_buffer& line, system_clock::time_point time, LogLevel level, bool colour,
                         std::string_view event, std::span<const LogField> fields) {
  append_time_of_day(line, time);
  line.push_back(' ');
  append_level(line, level, colour);
  append_word(line, event);
  for (const auto& field : fields) {
    line.push_back(' ');
    append_word(line, field.key);
    line.push_back('=');
    append_value(line, field.value, append_word);
  }
}

/// Counts what is lost, whenever the metrics are read.
std::shared_ptr<void> count_lost_lines(const std::shared_ptr<LineWriter>& writer, Metrics& metrics) {
  auto& dropped = metrics.counter("plinth_telemetry_dropped_total",
                                  "Spans and lines of log that could not be kept or sent.", {{"signal", "logs"}});
  return metrics.before_reading([writer, &dropped] { dropped.add(static_cast<double>(writer->take_uncounted())); });
}

}  // namespace

LineLogger::LineLogger(std::shared_ptr<LineWriter> writer, LineLoggerOptions options)
    : writer_(std::move(writer)), options_(std::move(options)) {
  set_level(options_.level);
  if (options_.metrics) counting_ = count_lost_lines(writer_, *options_.metrics);
}

LineLogger::~LineLogger() {
  if (!writer_->flush()) return;
  tell_lost_lines();
  writer_->flush();
}

void LineLogger::log(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept {
  tell_lost_lines();
  put(level, event, fields);
}

void LineLogger::tell_lost_lines() noexcept {
  const auto lost = writer_->take_untold();
  if (lost == 0) return;
  const LogField count("count", lost);
  put(LogLevel::kWarning, "log_lines_dropped", {&count, 1});
}

// A line for which there is no memory is lost: there is nowhere to say so.
void LineLogger::put(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept try {
  fmt::memory_buffer line;
  const auto time = options_.now();
  if (options_.format == LogFormat::kJson) {
    append_json_line(line, time, level, event, fields, options_.span ? options_.span() : LineSpan());
  } else {
    append_console_line(line, time, level, options_.colour, event, fields);
  }
  line.push_back('\n');
  writer_->put({line.data(), line.size()});
} catch (...) {
}

}  // namespace plinth::telemetry

namespace plinth {

std::shared_ptr<Logger> make_logger(LogFormat format, LogLevel level, std::shared_ptr<Metrics> metrics) {
  telemetry::LineLoggerOptions options{.format = format,
                                       .level = level,
                                       .colour = telemetry::wants_colour(STDOUT_FILENO),
                                       .span = &telemetry::current_line_span,
                                       .metrics = std::move(metrics)};
  return std::make_shared<telemetry::LineLogger>(telemetry::standard_output(), std::move(options));
}

}  // namespace plinth

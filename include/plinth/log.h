#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace plinth {

class Metrics;

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

/// "debug", "info", "warning", "error", "off".
std::string_view to_string(LogLevel level) noexcept;
std::optional<LogLevel> parse_log_level(std::string_view text) noexcept;

/// One field of a line of log. Text is not copied: it must live until `Logger::log` returns.
struct LogField {
  using Value = std::variant<bool, std::int64_t, double, std::string_view>;

  LogField(std::string_view key, std::string_view text) : key(key), value(text) {}
  LogField(std::string_view key, const char* text) : key(key), value(std::string_view(text)) {}
  LogField(std::string_view key, const std::string& text) : key(key), value(std::string_view(text)) {}
  LogField(std::string_view key, bool flag) : key(key), value(flag) {}
  LogField(std::string_view key, std::floating_point auto number) : key(key), value(double{number}) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  LogField(std::string_view key, Number number) : key(key), value(static_cast<std::int64_t>(number)) {}

  std::string_view key;
  Value value;
};

/// Where events go: a name, then fields. All functions may be called from any thread.
class Logger {
 public:
  virtual ~Logger() = default;

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kDebug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, event, fields);
  }
  void write(LogLevel level, std::string_view event, std::span<const LogField> fields) {
    if (enabled(level)) log(level, event, fields);
  }

  bool enabled(LogLevel level) const noexcept {
    return level != LogLevel::kOff && level >= level_.load(std::memory_order_relaxed);
  }
  void set_level(LogLevel level) noexcept { level_.store(level, std::memory_order_relaxed); }

 protected:
  /// Writes one event. Must not throw and must not keep what the fields point to.
  virtual void log(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept = 0;

 private:
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    write(level, event, std::span(fields.begin(), fields.size()));
  }
  std::atomic<LogLevel> level_{LogLevel::kInfo};
};

/// One JSON object a line, for machines; or a short line for people, in colour on a terminal.
enum class LogFormat : std::uint8_t { kJson, kConsole };

/// A logger that writes one line an event to standard output. Whatever the fields hold, it stays one line: a text
/// longer than 8 KiB is cut and says so, and what is no UTF-8 or would steer a terminal is escaped. JSON lines end with
/// trace_id and span_id when they are logged inside of a span.
///
///     {"timestamp":"2026-01-02T03:04:05.678901Z","level":"info","event":"grpc_server_stopping","grace_period":5}
///     03:04:05.678 INFO  grpc_server_stopping grace_period=5                       (the time zone of the machine)
///
/// Lines are written within milliseconds, by a thread of their own: who logs never waits, and a full disk, a closed
/// standard output or a reader that stalls does no harm. What comes while 4 MiB wait, or cannot be written, is lost:
/// the first line after that says how many were, as does `metrics`, if given. The loggers of a program share its
/// standard output. Destroying one, returning from main and std::exit wait until all is written, for at most 5 seconds.
std::shared_ptr<Logger> make_logger(LogFormat format, LogLevel level, std::shared_ptr<Metrics> metrics = nullptr);

/// A logger that drops everything.
std::shared_ptr<Logger> make_null_logger();

}  // namespace plinth

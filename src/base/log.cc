#include "plinth/log.h"

#include <algorithm>
#include <array>

namespace plinth {

namespace {

constexpr std::array<std::string_view, 5> kLevels = {"debug", "info", "warning", "error", "off"};

class NullLogger final : public Logger {
 public:
  NullLogger() { set_level(LogLevel::kOff); }

 private:
  void log(LogLevel, std::string_view, std::span<const LogField>) noexcept override {}
};

}  // namespace

std::string_view to_string(LogLevel level) noexcept { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> parse_log_level(std::string_view text) noexcept {
  const auto found = std::ranges::find(kLevels, text);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kLevels.begin());
}

std::shared_ptr<Logger> make_null_logger() { return std::make_shared<NullLogger>(); }

}  // namespace plinth

#pragma once

#include <fmt/format.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "plinth/log.h"

namespace plinth::test {

/// Keeps what is logged, each event as one text: `name key=value key=value`.
class KeptLog final : public Logger {
 public:
  /// All since this was last asked for.
  std::vector<std::string> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  void log(LogLevel, std::string_view event, std::span<const LogField> fields) noexcept override {
    std::string line(event);
    for (const auto& field : fields) {
      std::visit([&](const auto& value) { line += fmt::format(" {}={}", field.key, value); }, field.value);
    }
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace plinth::test

#pragma once

#include <map>
#include <mutex>
#include <string>

#include "plinth/log.h"

namespace plinth::test {

/// A log that only counts: how often each event was told.
class EventCounter final : public Logger {
 public:
  std::map<std::string, std::size_t> counts() const;

 private:
  void log(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept override;

  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> counts_;
};

}  // namespace plinth::test

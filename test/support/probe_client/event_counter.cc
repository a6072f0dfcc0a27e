#include "event_counter.h"

namespace plinth::test {

std::map<std::string, std::size_t> EventCounter::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

void EventCounter::log(LogLevel, std::string_view event, std::span<const LogField>) noexcept {
  std::lock_guard lock(mutex_);
  ++counts_[std::string(event)];
}

}  // namespace plinth::test

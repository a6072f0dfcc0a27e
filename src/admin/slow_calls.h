#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/status.h"

namespace plinth::admin {

struct SlowCall {
  std::string method;
  Duration duration;
  StatusCode status;
  std::string correlation_id;
  std::string peer;
  std::chrono::system_clock::time_point ended;
};

/// The slowest calls of the last minutes: those of this period and of the one before it, kMost of each.
class SlowCalls {
 public:
  static constexpr std::size_t kMost = 20;
  static constexpr auto kPeriod = std::chrono::minutes(5);

  /// Whether a call that has taken so long is to be added now.
  bool wants(Duration duration, TimePoint now) noexcept {
    if (now - began_ >= kPeriod) turn_over(now);
    return current_.size() < kMost || duration > current_.front().duration;
  }
  void add(SlowCall call);

  /// In no order.
  std::vector<SlowCall> at(TimePoint now);

 private:
  void turn_over(TimePoint now) noexcept;

  TimePoint began_{};
  /// A heap whose front is the fastest.
  std::vector<SlowCall> current_;
  std::vector<SlowCall> previous_;
};

}  // namespace plinth::admin

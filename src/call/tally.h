#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "plinth/channelz.h"
#include "plinth/deadline.h"

namespace plinth::call {

/// Calls or streams, as one worker counts them.
class Tally {
 public:
  void begin(TimePoint now) noexcept {
    ++started_;
    last_ = now;
  }
  void end(bool well) noexcept { ++(well ? succeeded_ : failed_); }

  channelz::Counts counts() const noexcept {
    return {.started = started_, .succeeded = succeeded_, .failed = failed_, .last_started = wall_time()};
  }

 private:
  channelz::Time wall_time() const noexcept {
    if (started_ == 0) return {};
    using std::chrono::system_clock;
    return system_clock::now() - std::chrono::duration_cast<system_clock::duration>(Clock::now() - last_);
  }

  std::uint64_t started_ = 0;
  std::uint64_t succeeded_ = 0;
  std::uint64_t failed_ = 0;
  TimePoint last_{};
};

/// What several have counted.
inline channelz::Counts sum(const channelz::Counts& a, const channelz::Counts& b) noexcept {
  return {.started = a.started + b.started,
          .succeeded = a.succeeded + b.succeeded,
          .failed = a.failed + b.failed,
          .last_started = std::max(a.last_started, b.last_started)};
}

}  // namespace plinth::call

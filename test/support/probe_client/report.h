#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "outcome.h"
#include "plinth/channel_state.h"
#include "plinth/deadline.h"

namespace plinth::test {

/// Tells what happens on standard output, one JSON object a line, at once:
///
///     {"call":{"at_ms":3.1,"ms":0.4,"code":"OK","attempts":1,"messages":1,"bytes":0,...}}
///     {"state":"READY","at_ms":2.0}
///     {"summary":{"calls":1,"codes":{"OK":1},"messages":{},"servers":{"4711":1},"attempts":1,"p50_ms":0.4,...}}
///
/// May be used from any thread.
class Report {
 public:
  /// `each`: also calls that end well have a line.
  explicit Report(bool each) : each_(each) {}

  void tell_state(ChannelState state);
  void tell_call(TimePoint began, const Outcome& outcome);
  /// Once, at the end: all calls, and what the log has counted.
  void tell_summary(const std::map<std::string, std::size_t>& events);

 private:
  double since_start(TimePoint when) const;

  bool each_;
  TimePoint start_ = Clock::now();
  std::mutex mutex_;
  std::map<std::string, std::size_t> codes_;
  std::map<std::string, std::size_t> errors_;
  std::map<std::string, std::size_t> servers_;
  std::size_t attempts_ = 0;
  std::vector<double> times_;
};

}  // namespace plinth::test

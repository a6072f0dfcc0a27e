#pragma once

#include <memory>
#include <optional>

#include "plinth/runtime.h"

namespace plinth::interceptors {

/// How long calls wait for their worker before their first line runs. Belongs to one worker.
///
/// A probe is posted to the loop as calls come, and takes its place behind everything that the loop has to do: so what
/// is started while it waits has waited for at least as long, and when it runs, the loop has gone round once. What the
/// loop reads then came at some time during that round, half of it ago on average.
class LoopWait : public std::enable_shared_from_this<LoopWait> {
 public:
  /// Of a call that starts `now`, in a turn of `worker`.
  Duration measure(Worker& worker, TimePoint now);

 private:
  class Probe;

  void send_probe(Worker& worker);
  Duration in_socket(TimePoint now) const noexcept;

  std::optional<TimePoint> probe_sent_;
  TimePoint next_probe_;
  TimePoint round_end_;
  Duration round_ = Duration::zero();
};

}  // namespace plinth::interceptors

#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "plinth/channel_state.h"
#include "plinth/runtime.h"
#include "plinth/status.h"

namespace plinth::client {

struct Shared;
class WorkerChannel;

/// The parts of one channel, one on each worker that calls. May be used from any thread.
class WorkerChannels {
 public:
  /// The part on the worker of this thread, made when there is none. Once the channel is closed, its calls fail. Takes
  /// no lock when there is one.
  std::shared_ptr<WorkerChannel> here(const std::shared_ptr<Shared>& shared);
  /// SHUTDOWN once the channel is closed; IDLE when there is no part on that worker.
  ChannelState state(const Worker& worker) const;

  /// Shows each part, which is only to be used on its worker. Under a lock: a part cannot end with its worker
  /// meanwhile.
  void each(const std::function<void(WorkerChannel& part)>& show) const;

  /// Shuts all parts down, on their workers.
  void close(const Status& why);
  bool closed() const;
  /// Returns when the last is gone. Not on a worker.
  void wait_until_gone() const;

  /// A part ends, on its worker.
  void remove(const WorkerChannel& part);

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<WorkerChannel*> parts_;
  Status closed_;
};

}  // namespace plinth::client

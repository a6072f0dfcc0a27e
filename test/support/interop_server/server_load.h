#pragma once

#include <mutex>
#include <semaphore>

#include "plinth/task.h"
#include "support/load_report.h"

namespace plinth::interop {

/// What the server says of its load: what the call that has the turn has asked it to say last; nothing without one.
/// From any thread.
class ServerLoad {
 public:
  LoadReport report() const;

  /// One call's right to change it, until that call ends: the others wait.
  class Turn {
   public:
    explicit Turn(ServerLoad& load) noexcept : load_(load) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

    Task<void> take();
    void set(LoadReport report);

   private:
    ServerLoad& load_;
    bool taken_ = false;
  };

 private:
  mutable std::mutex mutex_;
  LoadReport report_;
  std::binary_semaphore free_{1};
};

}  // namespace plinth::interop

#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "plinth/interceptor.h"

namespace plinth::bench {

enum class Where { kLoop, kOffload };

/// Time of one core, in seconds.
struct CoreTime {
  double wall;
  /// What other programs used.
  double others;
};

/// A server in a process of its own, with one worker, on the first core. Each call of Get burns 1 ms of CPU. No thread
/// may run when it is made.
class ServerProcess {
 public:
  ServerProcess(Where where, std::shared_ptr<Interceptor> interceptor);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& address() const noexcept { return address_; }

  /// Of the server's core, since the server was made.
  CoreTime core_time() const;

 private:
  /// Seconds since the machine was started.
  double busy() const;

  pid_t process_;
  std::string address_;
  double made_wall_;
  double made_busy_;
};

/// From now on this process has this core, if the machine has so many.
void run_on_core(unsigned core);

}  // namespace plinth::bench

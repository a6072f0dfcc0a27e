#pragma once

#include <memory>

namespace plinth::app {

/// SIGINT and SIGTERM as something to wait for. While it lives, they do not end the program by themselves.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Blocks until the first one comes, or until `give_up` has been called. A second one then ends the program at once.
  void wait();

  /// From any thread.
  void give_up() noexcept;

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace plinth::app

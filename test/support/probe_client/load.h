#pragma once

#include <cstddef>
#include <memory>

#include "caller.h"
#include "flags.h"
#include "plinth/async.h"
#include "report.h"

namespace plinth::test {

/// All calls of a run, so many at a time.
class Load {
 public:
  Load(std::shared_ptr<Channel> channel, Caller& caller, const Flags& flags, Report& report)
      : channel_(std::move(channel)), caller_(caller), flags_(flags), report_(report) {}

  /// Ends when the last call has.
  Task<void> run();

 private:
  Task<void> call_one_after_another();
  Task<void> watch_state();
  bool take_turn();

  std::shared_ptr<Channel> channel_;
  Caller& caller_;
  const Flags& flags_;
  Report& report_;
  TimePoint start_ = Clock::now();
  std::size_t begun_ = 0;
};

}  // namespace plinth::test

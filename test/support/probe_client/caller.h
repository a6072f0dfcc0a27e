#pragma once

#include <memory>
#include <string>

#include "call_watch.h"
#include "flags.h"
#include "myservice/service.plinth.h"
#include "outcome.h"
#include "plinth/task.h"
#include "plinth/test/probe.plinth.h"

namespace plinth::test {

/// Makes the calls that the flags ask for.
class Caller {
 public:
  Caller(std::shared_ptr<Channel> channel, std::shared_ptr<CallWatch> watch, const Flags& flags)
      : stub_(channel), example_(std::move(channel)), watch_(std::move(watch)), flags_(flags) {}

  /// Makes one call, of whichever method, and waits for its end.
  Task<Outcome> call();

 private:
  Task<void> call_and_cancel(Outcome& outcome);
  Task<void> call_method(CallOptions options, Outcome& outcome);
  Task<void> echo(CallOptions options, Outcome& outcome);
  Task<void> fail(CallOptions options, Outcome& outcome);
  Task<void> hang(CallOptions options, Outcome& outcome);
  Task<void> flood(CallOptions options, Outcome& outcome);
  Task<void> drain(CallOptions options, Outcome& outcome);
  Task<void> chat(CallOptions options, Outcome& outcome);
  Task<void> get_resource(CallOptions options, Outcome& outcome);
  CallOptions options_for(const Outcome& outcome, CancelScope* stop) const;
  std::string payload() const { return std::string(static_cast<std::size_t>(flags_.size), 'x'); }

  Probe::Stub stub_;
  myservice::MyService::Stub example_;
  std::shared_ptr<CallWatch> watch_;
  const Flags& flags_;
};

}  // namespace plinth::test

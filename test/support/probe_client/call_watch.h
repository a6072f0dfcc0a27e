#pragma once

#include <map>
#include <mutex>
#include <string>

#include "outcome.h"
#include "plinth/interceptor.h"
#include "plinth/stub.h"

namespace plinth::test {

/// Keeps what only an interceptor sees of a call: its attempts, and the metadata of the response. A call is marked by
/// metadata that does not leave the program.
class CallWatch final : public Interceptor {
 public:
  /// Marks a call before it is made.
  void mark(CallOptions& options, const Outcome& outcome) const;
  /// Once it has ended.
  void complete(Outcome& outcome);

  std::string_view name() const noexcept override { return "CallWatch"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  std::mutex mutex_;
  std::map<std::string, Outcome> seen_;
};

}  // namespace plinth::test

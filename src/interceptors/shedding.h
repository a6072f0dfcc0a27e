#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "plinth/call_context.h"
#include "plinth/log.h"
#include "plinth/metrics.h"
#include "plinth/status.h"

namespace plinth::interceptors {

/// Refuses calls for one reason, and says so: to the caller, in a metric, and once a second in the log. May be used by
/// all workers at the same time.
class Shedding {
 public:
  /// `reason` must live as long. `metrics` and `logger` may be null.
  Shedding(std::string_view reason, std::shared_ptr<Metrics> metrics, std::shared_ptr<Logger> logger);

  /// The metric for a method, of which there are only so many: "other" for those that nobody serves.
  Counter* counter(std::string_view method) const;

  /// RESOURCE_EXHAUSTED with `message` and a google.rpc.RetryInfo, to end the call with. Clients that retry are told
  /// the same by grpc-retry-pushback-ms (gRFC A6). `counter` may be null.
  Status refuse(CallContext& call, Counter* counter, std::string message, Duration retry_after);

 private:
  void log(const CallContext& call);

  std::string_view reason_;
  std::shared_ptr<Metrics> metrics_;
  std::shared_ptr<Logger> logger_;
  std::atomic<std::uint64_t> unlogged_ = 0;
  std::atomic<std::int64_t> next_line_ = 0;
};

}  // namespace plinth::interceptors

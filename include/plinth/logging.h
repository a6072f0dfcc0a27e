#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "plinth/interceptor.h"
#include "plinth/log.h"

namespace plinth {

/// What joins the lines of log of one request across services. LoggingInterceptor attaches it to each call: a handler
/// finds it with `context.find<CorrelationId>()`.
struct CorrelationId {
  std::string value;
};

/// That of the call whose handler or interceptor runs now on this thread; empty when there is none.
std::string current_correlation_id();

struct LoggingOptions {
  /// Of grpc_request_started; kOff: it is not logged. What ends well is info, what fails is what its status deserves.
  LogLevel started = LogLevel::kDebug;

  /// Methods that are called too often: {"/package.Service/Method", 100} logs one of a hundred calls, 0 logs none.
  /// Calls that fail are always logged.
  std::map<std::string, std::uint32_t> one_of = {};

  /// Logs each message as JSON, too, when it has at most `largest_body` bytes; of a larger one its size alone.
  bool log_bodies = false;
  std::size_t largest_body = 4096;

  /// Names of fields, as the .proto file writes them, and keys of maps: their values are not logged, however deep they
  /// are in a message. A name stands for itself only: "token" does not hide "token_type".
  std::set<std::string> redact = {};
};

/// Logs each call of a server or a client, and gives it a correlation id. doc/logging.md has the events.
///
/// The id of a call that is received is the caller's x-correlation-id when that has 1 to 128 visible ASCII characters
/// without quotes and backslashes, and a new UUID if not. It goes back with the initial metadata, or with the status of
/// a call that fails before its first message. The id of a call that is made is what its metadata says; else that of
/// the call whose handler makes it; else a new UUID. An interceptor further out may attach a CorrelationId of its own
/// choice.
class LoggingInterceptor final : public Interceptor {
 public:
  /// `logger`: null is that of the worker which runs the call, so that of its server. A client that calls from threads
  /// without a worker must give one.
  explicit LoggingInterceptor(std::shared_ptr<Logger> logger = nullptr, LoggingOptions options = {});

  std::string_view name() const noexcept override { return "LoggingInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace plinth

#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "plinth/call_context.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth {

class Interceptor;

/// The rest of a call, seen from an interceptor: the interceptors behind it, and the handler (server) or the wire
/// (client).
class Next {
 public:
  /// What stands at the end of the chain.
  class End {
   public:
    virtual Task<Status> run() = 0;

   protected:
    ~End() = default;
  };

  Next(std::span<const std::shared_ptr<Interceptor>> rest, CallContext& call, End& end) noexcept
      : rest_(rest), call_(&call), end_(&end) {}

  /// Runs it. Gives the status that the call ends with, however it ends; throws nothing. At most once.
  Task<Status> operator()() const;

 private:
  std::span<const std::shared_ptr<Interceptor>> rest_;
  CallContext* call_;
  End* end_;
};

/// A function around every call, of all four kinds, on a server or a client:
///
///     Task<Status> intercept(CallContext& call, Next next) override {
///       if (!allowed(call.request_metadata())) co_return permission_denied("not for you");   // rejects
///       auto rest = next();
///       Status status = co_await std::move(rest);                                            // the call
///       call.trailing_metadata().add("x-seen", "yes");
///       co_return status;                                                                    // or another one
///     }
///
/// One object serves all calls of all workers at the same time.
class Interceptor {
 public:
  virtual ~Interceptor() = default;

  /// For logs: "AuthInterceptor".
  virtual std::string_view name() const noexcept = 0;

  /// What it throws becomes the call's status, as what a handler throws does. Without `next` the call ends here.
  virtual Task<Status> intercept(CallContext& call, Next next) = 0;

  /// What it stands around on a client: each call, each of its attempts (gRFC A6: retries, hedges), or both. An attempt
  /// begins before a connection is picked for it, has a ClientContext of its own (its number in `attempt`, a copy of
  /// the call's request metadata to change), and its status is what the retry policy sees. Messages are
  /// the call's; of an attempt `ClientContext::observe_attempt` tells their sizes.
  enum class Around { kCall, kAttempt, kCallAndAttempt };
  virtual Around around() const noexcept { return Around::kCall; }
};

}  // namespace plinth

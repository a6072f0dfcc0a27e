#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "plinth/deadline.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/task.h"

namespace plinth {

struct AccessToken {
  explicit AccessToken(std::string token,
                       std::optional<std::chrono::system_clock::time_point> valid_until = std::nullopt)
      : value(std::move(token)), expiry(valid_until) {}

  std::string value;
  /// None: it is good for ever.
  std::optional<std::chrono::system_clock::time_point> expiry;
};

/// Gets a token: asks a token server, reads a file. It must not call through a channel that has this interceptor: it
/// would wait for itself. Runs one at a time for all calls, beside them, on the worker of the one that was the first to
/// want a token, and is cancelled after 30 s, and some time after the channel has gone: it should own what it refers
/// to. UNAVAILABLE is tried again, as is what it throws; any other status is final.
using TokenSource = std::function<Task<Result<AccessToken>>()>;

struct CredentialsOptions {
  /// Whether tokens may be sent over connections that are not encrypted, where everybody on the way can read them.
  bool allow_plaintext = false;
  /// How long before its end a token is replaced.
  Duration refresh_early = std::chrono::minutes(1);
  /// Null: nothing is logged.
  std::shared_ptr<Logger> logger = nullptr;
  /// The clock for expiries.
  std::chrono::system_clock::time_point (*now)() noexcept = &std::chrono::system_clock::now;
};

/// Adds `authorization: Bearer <token>` to each attempt of a client's calls (RFC 6750, section 2.1); what the call has
/// under that name is replaced. On a server it does nothing.
///
/// The token is kept. When its end is near, the next one is fetched beside the calls, which go on with the old one;
/// only calls without a good token wait for the fetch, each until its deadline. A fetch that fails with UNAVAILABLE is
/// tried four more times, after 0.25, 0.5, 1 and 2 s; any other failure ends it. The calls that wait end with its
/// status, or with INTERNAL where that would look like the answer to the call (gRFC A54); with a good token the next
/// fetch begins no sooner than 10 s later. A call on a connection that is not encrypted ends with UNAUTHENTICATED.
///
/// Logs grpc_credentials_failed{error}, never a token.
class CredentialsInterceptor final : public Interceptor {
 public:
  explicit CredentialsInterceptor(TokenSource source, CredentialsOptions options = {});
  ~CredentialsInterceptor() override;
  CredentialsInterceptor(CredentialsInterceptor&&) noexcept;

  std::string_view name() const noexcept override { return "CredentialsInterceptor"; }
  Around around() const noexcept override { return Around::kAttempt; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  class Tokens;
  std::shared_ptr<Tokens> tokens_;
  bool allow_plaintext_;
};

}  // namespace plinth

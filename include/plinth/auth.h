#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "plinth/auth_policy.h"
#include "plinth/claims.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/security_settings.h"

namespace plinth {

/// Whether these settings say how tokens are checked: there is a key or a place to get keys from.
bool has_auth(const SecuritySettings& settings) noexcept;

struct AuthOptions {
  /// One algorithm and its keys: a secret key for HS256, HS384 and HS512, a JWKS file or URL for the others.
  SecuritySettings security = {};
  AuthPolicy policy = {};
  /// Whether a token without "exp" is refused.
  bool require_expiry = true;
  /// The authority in PEM that has signed the certificate of an https:// JWKS URL; empty: those that the system trusts.
  std::string jwks_ca_file = "";
  /// Null: nothing is logged.
  std::shared_ptr<Logger> logger = nullptr;
  /// At which grpc_auth_success is logged.
  LogLevel success_level = LogLevel::kInfo;
  /// The clock for "exp", "nbf" and "iat".
  std::chrono::system_clock::time_point (*now)() noexcept = &std::chrono::system_clock::now;
};

/// Lets calls with a good token pass (RFC 6750: `authorization: Bearer <JWT>`), as RFC 8725 wants it, and those that
/// the policy lets pass without one. On a client it does nothing.
///
/// A call without exactly one such header ends with UNAUTHENTICATED "Missing or invalid authorization header", one with
/// a bad token with UNAUTHENTICATED "Invalid token", one that lacks a scope or is denied with PERMISSION_DENIED; while
/// there are no keys because their URL does not answer, with UNAVAILABLE. Why a token is bad is for the log alone:
///
///     grpc_auth_missing_token{method, peer}            grpc_auth_invalid_token{method, peer, reason}
///     grpc_auth_success{method, user_id}               grpc_auth_denied{method, peer, user_id, reason}
///
/// With a JWKS it has a thread of its own, which fetches keys. Made and destroyed on threads that are no workers'.
class AuthInterceptor final : public Interceptor {
 public:
  /// Throws StatusError with FAILED_PRECONDITION and one sentence when the options are no good: no key for the
  /// algorithm, a secret that is too short, a JWKS file that cannot be read.
  explicit AuthInterceptor(AuthOptions options);
  ~AuthInterceptor() override;
  AuthInterceptor(AuthInterceptor&&) noexcept;

  std::string_view name() const noexcept override { return "AuthInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  class Gate;
  std::unique_ptr<Gate> gate_;
};

/// The claims of the call's token, in a handler or an interceptor inside of AuthInterceptor. Throws StatusError with
/// UNAUTHENTICATED when there are none: nobody looks at the token of a call to a public method. `call.find<Claims>()`
/// asks.
const Claims& claims_of(const CallContext& call);

}  // namespace plinth

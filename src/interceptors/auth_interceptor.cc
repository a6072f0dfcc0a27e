#include <fmt/format.h>

#include <array>
#include <utility>

#include "auth/algorithm.h"
#include "auth/authorization.h"
#include "auth/key_settings.h"
#include "auth/token_verifier.h"
#include "plinth/auth.h"

namespace plinth {

namespace {

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw StatusError(std::move(result).error());
  return std::move(*result);
}

auth::ClaimRules rules_of(const AuthOptions& options) {
  constexpr auto kMaxSkew = std::chrono::hours(24);
  const auto& security = options.security;
  if (security.clock_skew < Duration::zero() || security.clock_skew > kMaxSkew) {
    throw StatusError(failed_precondition("SECURITY__CLOCK_SKEW must be from 0 to 86400 seconds"));
  }
  return {.issuer = security.issuer,
          .audience = security.audience,
          .clock_skew = security.clock_skew,
          .require_expiry = options.require_expiry};
}

const std::string* missing_scope(const AuthPolicy::Rule& rule, const Claims& claims) noexcept {
  for (const auto& scope : rule.scopes) {
    if (!claims.has_scope(scope)) return &scope;
  }
  return nullptr;
}

}  // namespace

class AuthInterceptor::Gate {
 public:
  explicit Gate(AuthOptions options)
      : logger_(options.logger ? std::move(options.logger) : make_null_logger()),
        policy_(std::move(options.policy)),
        success_level_(options.success_level),
        algorithm_(*value_or_throw(auth::algorithm_of(options.security))),
        verifier_(algorithm_,
                  value_or_throw(auth::make_key_source(algorithm_, options.security, options.jwks_ca_file, logger_)),
                  rules_of(options), options.now) {}

  const AuthPolicy::Rule& rule_for(const CallContext& call) const noexcept {
    return policy_.rule_for(call.method().path, call.peer());
  }

  Task<Status> run(CallContext& call, const AuthPolicy::Rule& rule, Next next) {
    const auto token = auth::bearer_token(call.request_metadata());
    if (token.empty()) co_return refuse_missing(call);
    auto verifying = verifier_.verify(token);
    auto claims = co_await std::move(verifying);
    if (!claims) co_return refuse_invalid(call, claims.error());
    const auto* const scope = missing_scope(rule, *claims);
    if (scope) co_return refuse_scope(call, claims->subject(), *scope);
    log_success(call, claims->subject());
    call.attach(std::move(*claims));
    auto rest = next();
    co_return co_await std::move(rest);
  }

  Task<Status> deny(const CallContext& call) {
    log_denied(call, "", "the policy denies it");
    co_return permission_denied("Access denied");
  }

 private:
  Status refuse_missing(const CallContext& call) {
    logger_->warning("grpc_auth_missing_token", {{"method", call.method().path}, {"peer", call.peer().address}});
    return unauthenticated("Missing or invalid authorization header");
  }

  Status refuse_invalid(const CallContext& call, const Status& reason) {
    logger_->warning("grpc_auth_invalid_token",
                     {{"method", call.method().path}, {"peer", call.peer().address}, {"reason", reason.message()}});
    return reason.code() == StatusCode::kUnavailable ? reason : unauthenticated("Invalid token");
  }

  Status refuse_scope(const CallContext& call, const std::string& user, const std::string& scope) {
    auto status = permission_denied("The scope '{}' is needed", scope);
    log_denied(call, user, status.message());
    return status;
  }

  void log_denied(const CallContext& call, std::string_view user, std::string_view reason) {
    logger_->warning(
        "grpc_auth_denied",
        {{"method", call.method().path}, {"peer", call.peer().address}, {"user_id", user}, {"reason", reason}});
  }

  void log_success(const CallContext& call, const std::string& user) {
    const std::array<LogField, 2> fields = {LogField("method", call.method().path), LogField("user_id", user)};
    logger_->write(success_level_, "grpc_auth_success", fields);
  }

  const std::shared_ptr<Logger> logger_;
  const AuthPolicy policy_;
  const LogLevel success_level_;
  const auth::Algorithm& algorithm_;
  auth::TokenVerifier verifier_;
};

bool has_auth(const SecuritySettings& settings) noexcept {
  return !settings.secret_key.empty() || !settings.jwks_url.empty() || !settings.jwks_file.empty();
}

AuthInterceptor::AuthInterceptor(AuthOptions options) : gate_(std::make_unique<Gate>(std::move(options))) {}
AuthInterceptor::~AuthInterceptor() = default;
AuthInterceptor::AuthInterceptor(AuthInterceptor&&) noexcept = default;

Task<Status> AuthInterceptor::intercept(CallContext& call, Next next) {
  if (!call.as_server()) return next();
  const auto& rule = gate_->rule_for(call);
  switch (rule.access) {
    case AuthPolicy::Access::kPublic: return next();
    case AuthPolicy::Access::kDenied: return gate_->deny(call);
    case AuthPolicy::Access::kToken: break;
  }
  return gate_->run(call, rule, next);
}

const Claims& claims_of(const CallContext& call) {
  if (const auto* const claims = call.find<Claims>()) return *claims;
  throw StatusError(unauthenticated("Missing or invalid authorization header"));
}

}  // namespace plinth

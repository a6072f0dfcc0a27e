#include "plinth/default_chain.h"

#include "plinth/auth.h"
#include "plinth/error_interceptor.h"
#include "plinth/logging.h"
#include "plinth/metrics_interceptor.h"

namespace plinth {

InterceptorList default_chain(const Telemetry& telemetry, const SecuritySettings& security, AuthPolicy policy) {
  ErrorOptions errors;
  errors.logger = telemetry.logger;
  InterceptorList chain = {
      std::make_shared<ErrorInterceptor>(std::move(errors)),
      std::make_shared<MetricsInterceptor>(telemetry.metrics),
      std::make_shared<TracingInterceptor>(telemetry.tracer),
      std::make_shared<LoggingInterceptor>(telemetry.logger),
  };
  if (!has_auth(security)) {
    telemetry.logger->warning("grpc_auth_off", {{"reason", "there is neither SECURITY__SECRET_KEY nor a JWKS"}});
    return chain;
  }
  AuthOptions auth;
  auth.security = security;
  auth.policy = std::move(policy);
  auth.logger = telemetry.logger;
  chain.push_back(std::make_shared<AuthInterceptor>(std::move(auth)));
  return chain;
}

InterceptorList default_client_chain(const Telemetry& telemetry) {
  return {
      std::make_shared<MetricsInterceptor>(telemetry.metrics),
      std::make_shared<TracingInterceptor>(telemetry.tracer),
      std::make_shared<LoggingInterceptor>(telemetry.logger),
  };
}

}  // namespace plinth

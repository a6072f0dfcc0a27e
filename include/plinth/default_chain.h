#pragma once

#include <memory>
#include <vector>

#include "plinth/auth_policy.h"
#include "plinth/interceptor.h"
#include "plinth/security_settings.h"
#include "plinth/telemetry.h"

namespace plinth {

using InterceptorList = std::vector<std::shared_ptr<Interceptor>>;

/// What a server has around its calls unless it says otherwise, outermost first: ErrorInterceptor, MetricsInterceptor,
/// TracingInterceptor, LoggingInterceptor, AuthInterceptor.
///
///     for (auto& interceptor : default_chain(telemetry, settings.security)) server.add_interceptor(interceptor);
///
/// `policy` says what AuthInterceptor asks of whom. Without a key and without a JWKS there is no AuthInterceptor, and
/// grpc_auth_off in the log. Throws StatusError with FAILED_PRECONDITION when the security settings do not fit
/// together.
InterceptorList default_chain(const Telemetry& telemetry, const SecuritySettings& security, AuthPolicy policy = {});

/// The same for clients: MetricsInterceptor, TracingInterceptor, LoggingInterceptor.
InterceptorList default_client_chain(const Telemetry& telemetry);

}  // namespace plinth

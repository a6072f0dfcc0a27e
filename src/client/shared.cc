#include "client/shared.h"

namespace plinth::client {

void Shared::add_interceptor(const std::shared_ptr<Interceptor>& interceptor) {
  const auto around = interceptor->around();
  if (around != Interceptor::Around::kAttempt) interceptors.push_back(interceptor);
  if (around != Interceptor::Around::kCall) attempt_interceptors.push_back(interceptor);
}

void Shared::set_failure_policies() {
  retry = retry_policy_of(settings);
  throttle = std::make_unique<RetryThrottle>(config.retry_throttling().value_or(RetryThrottling()));
  if (!settings.enable_circuit_breaker) return;
  const CircuitBreaker::Options options{settings.circuit_breaker_threshold, settings.circuit_breaker_timeout};
  breaker = std::make_shared<CircuitBreaker>(target.text, options, logger);
}

}  // namespace plinth::client

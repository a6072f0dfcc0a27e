#pragma once

#include <memory>
#include <string_view>

#include "plinth/deadline.h"
#include "plinth/interceptor.h"
#include "plinth/metrics.h"

namespace plinth {

/// Counts and times every call of every kind, with the status that it ends with, however it ends: reply, error,
/// exception, deadline, cancellation, lost connection. On a client also every attempt.
///
/// The names are those of doc/metrics.md: grpc_server_requests_total and its like, and gRFC A66's and A96's
/// (grpc_server_call_duration_seconds, grpc_client_attempt_started_total). Methods that nobody serves are "other".
///
/// One object may serve servers and clients at the same time; more of them on one registry add to the same metrics.
class MetricsInterceptor final : public Interceptor {
 public:
  using NowFunction = TimePoint (*)() noexcept;

  /// A test gives a clock of its own.
  explicit MetricsInterceptor(std::shared_ptr<Metrics> metrics, NowFunction now = &Clock::now);
  ~MetricsInterceptor() override;
  MetricsInterceptor(MetricsInterceptor&& other) noexcept;

  std::string_view name() const noexcept override { return "MetricsInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;
  Around around() const noexcept override { return Around::kCallAndAttempt; }

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace plinth

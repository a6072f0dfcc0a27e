#pragma once

#include <memory>
#include <string>

#include "client/backoff.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.plinth.h"
#include "plinth/metadata.h"
#include "plinth/observability_settings.h"
#include "plinth/task.h"
#include "telemetry/drop_report.h"
#include "telemetry/span_encoder.h"
#include "telemetry/span_queue.h"

namespace plinth::telemetry {

using OtlpStub = opentelemetry::proto::collector::trace::v1::TraceService::Stub;

/// Sends what comes into a queue to a collector, batch by batch (the protocol: OTLP, section "OTLP/gRPC").
class SpanSender {
 public:
  using Random = double (*)();

  /// All that is given by reference must outlive `run`. `random` is for the waits between tries.
  SpanSender(OtlpStub collector, const ObservabilitySettings& settings, SpanQueue& queue, DropReport& drops,
             std::shared_ptr<Logger> logger, Random random = client::random_fraction);

  /// For ever, on one worker, until it is cancelled.
  Task<void> run();

 private:
  Task<void> send_all(const Event& wake);
  Task<Status> send(const SpanQueue::Batch& batch, const Event& wake);
  Task<Status> send_once(const OtlpRequest& request, Duration timeout);
  Task<void> pause(const Event& wake, TimePoint until) const;
  void read_partial_success(const opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse& response);

  OtlpStub collector_;
  const OtlpResource resource_;
  const Duration timeout_;
  Metadata headers_;
  SpanQueue& queue_;
  DropReport& drops_;
  const std::shared_ptr<Logger> logger_;
  const Random random_;
  std::string last_error_;
  /// No batch before that, unless somebody waits for its spans: the collector has asked for it.
  TimePoint not_before_{};
};

}  // namespace plinth::telemetry

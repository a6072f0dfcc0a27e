#pragma once

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "plinth/observability_settings.h"
#include "telemetry/span_queue.h"

namespace plinth::telemetry {

using OtlpRequest = opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
using OtlpResource = opentelemetry::proto::resource::v1::Resource;

/// What all spans of a program say of their origin.
OtlpResource encode_resource(const ObservabilitySettings& settings);

void encode_spans(const SpanQueue::Batch& spans, const OtlpResource& resource, OtlpRequest& request);

}  // namespace plinth::telemetry

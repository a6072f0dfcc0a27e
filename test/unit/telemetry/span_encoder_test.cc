#include "telemetry/span_encoder.h"

#include <gmock/gmock.h>

#include "support/kept_spans.h"

namespace plinth::telemetry {
namespace {

using ::testing::SizeIs;
namespace otlp = opentelemetry::proto::trace::v1;

class SpanEncoder : public ::testing::Test {
 protected:
  otlp::Span encoded(const SpanOptions& options = {}) {
    {
      auto span = tracer_->start_span("pkg.Service/Method", options);
      span.set_attribute({"flag", true});
      span.set_attribute({"number", -7});
      span.set_attribute({"share", 0.5});
      span.set_attribute({"text", "é"});
      span.add_event("Inbound message", {{"message-size", 9}});
      span.set_error("gone");
    }
    encode_spans(kept_->take(), encode_resource(settings_), request_);
    return request_.resource_spans(0).scope_spans(0).spans(0);
  }

  ObservabilitySettings settings_;
  OtlpRequest request_;
  std::shared_ptr<test::KeptSpans> kept_ = std::make_shared<test::KeptSpans>();
  std::shared_ptr<Tracer> tracer_ = test::make_keeping_tracer(kept_);
};

TEST_F(SpanEncoder, SaysWhereSpansComeFrom) {
  settings_.service_name = "prices";
  settings_.resource_attributes = {{"deployment.environment", "test"}};
  encoded();
  const auto& attributes = request_.resource_spans(0).resource().attributes();
  ASSERT_THAT(attributes, SizeIs(4));
  EXPECT_EQ(attributes[0].key(), "service.name");
  EXPECT_EQ(attributes[0].value().string_value(), "prices");
  EXPECT_EQ(attributes[3].key(), "deployment.environment");
  EXPECT_EQ(attributes[3].value().string_value(), "test");
  EXPECT_EQ(request_.resource_spans(0).scope_spans(0).scope().name(), "plinth");
}

TEST_F(SpanEncoder, WritesIdsAsBytes) {
  const auto parent = tracer_->start_span("parent");
  SpanOptions options;
  options.parent = &parent.context();
  options.trace_state = "a=1";
  options.kind = SpanKind::kServer;
  options.remote_parent = true;
  const auto span = encoded(options);
  const auto& context = parent.context();
  EXPECT_EQ(span.trace_id(), std::string(context.trace_id.begin(), context.trace_id.end()));
  EXPECT_EQ(span.parent_span_id(), std::string(context.span_id.begin(), context.span_id.end()));
  EXPECT_THAT(span.span_id(), SizeIs(8));
  EXPECT_EQ(span.trace_state(), "a=1");
  EXPECT_EQ(span.kind(), otlp::Span::SPAN_KIND_SERVER);
  EXPECT_EQ(span.flags(), 0x301u) << "sampled, and the parent is known to be remote";
}

TEST_F(SpanEncoder, WritesNoParentOfTheFirstSpan) {
  const auto span = encoded();
  EXPECT_EQ(span.parent_span_id(), "");
  EXPECT_EQ(span.flags(), 0x101u);
  EXPECT_EQ(span.kind(), otlp::Span::SPAN_KIND_INTERNAL);
}

TEST_F(SpanEncoder, WritesAttributesEventsAndStatus) {
  const auto span = encoded();
  ASSERT_THAT(span.attributes(), SizeIs(4));
  EXPECT_EQ(span.attributes(0).value().bool_value(), true);
  EXPECT_EQ(span.attributes(1).value().int_value(), -7);
  EXPECT_EQ(span.attributes(2).value().double_value(), 0.5);
  EXPECT_EQ(span.attributes(3).value().string_value(), "é");
  ASSERT_THAT(span.events(), SizeIs(1));
  EXPECT_EQ(span.events(0).name(), "Inbound message");
  EXPECT_EQ(span.events(0).attributes(0).value().int_value(), 9);
  EXPECT_EQ(span.status().code(), otlp::Status::STATUS_CODE_ERROR);
  EXPECT_EQ(span.status().message(), "gone");
  EXPECT_GT(span.start_time_unix_nano(), 1'700'000'000'000'000'000u) << "nanoseconds since 1970";
  EXPECT_GE(span.end_time_unix_nano(), span.start_time_unix_nano());
}

TEST_F(SpanEncoder, SaysWhatWasLeftOut) {
  {
    auto span = tracer_->start_span("x");
    for (int i = 0; i < 130; ++i) span.set_attribute({std::to_string(i), i});
    for (int i = 0; i < 131; ++i) span.add_event("e");
  }
  encode_spans(kept_->take(), {}, request_);
  const auto& span = request_.resource_spans(0).scope_spans(0).spans(0);
  EXPECT_EQ(span.dropped_attributes_count(), 2u);
  EXPECT_EQ(span.dropped_events_count(), 3u);
}

}  // namespace
}  // namespace plinth::telemetry

#include <gmock/gmock.h>

#include <string>

#include "support/kept_spans.h"

namespace plinth::telemetry {
namespace {

using test::attribute_of;
using ::testing::SizeIs;

class SpansTest : public ::testing::Test {
 protected:
  test::KeptSpan only() {
    auto spans = kept_->take();
    EXPECT_THAT(spans, SizeIs(1));
    return std::move(spans.at(0));
  }

  std::shared_ptr<test::KeptSpans> kept_ = std::make_shared<test::KeptSpans>();
  std::shared_ptr<Tracer> tracer_ = test::make_keeping_tracer(kept_);
};

TEST_F(SpansTest, BeginATraceOutsideOfCalls) {
  const auto first = tracer_->start_span("first"), second = tracer_->start_span("second");
  EXPECT_TRUE(first.recording());
  EXPECT_TRUE(first.context().sampled);
  EXPECT_NE(first.context().trace_id, second.context().trace_id);
  EXPECT_NE(first.context().trace_id_hex(), std::string(32, '0'));
  EXPECT_NE(first.context().span_id_hex(), std::string(16, '0'));
}

TEST_F(SpansTest, ArePartsOfTheirParent) {
  const auto parent = tracer_->start_span("parent");
  SpanOptions options;
  options.parent = &parent.context();
  options.trace_state = "a=1";
  const auto context = tracer_->start_span("child", options).context();
  const auto child = only();
  EXPECT_EQ(child->context, context);
  EXPECT_EQ(context.trace_id, parent.context().trace_id);
  EXPECT_NE(context.span_id, parent.context().span_id);
  EXPECT_EQ(child->parent_id, parent.context().span_id);
  EXPECT_EQ(child->trace_state, "a=1");
}

TEST_F(SpansTest, KeepWhatTheyAreTold) {
  {
    auto span = tracer_->start_span("load");
    span.set_attribute({"rows", 7});
    span.set_attribute({"rows", 8});
    span.set_attribute({"table", "prices"});
    span.set_attribute({"cached", false});
    span.set_attribute({"share", 0.5});
    span.add_event("retry", {{"after", "timeout"}});
    span.set_error("gone");
  }
  const auto span = only();
  EXPECT_EQ(span->name, "load");
  EXPECT_EQ(attribute_of(*span, "rows"), "8") << "the last one";
  EXPECT_EQ(attribute_of(*span, "table"), "prices");
  EXPECT_EQ(attribute_of(*span, "cached"), "false");
  EXPECT_EQ(attribute_of(*span, "share"), "0.500000");
  ASSERT_THAT(span->events, SizeIs(1));
  EXPECT_EQ(span->events[0].name, "retry");
  EXPECT_EQ(attribute_of(span->events[0].attributes, "after"), "timeout");
  EXPECT_TRUE(span->failed);
  EXPECT_EQ(span->error, "gone");
  EXPECT_LE(span->start, span->events[0].time);
  EXPECT_LE(span->events[0].time, span->end);
}

TEST_F(SpansTest, EndOnce) {
  auto span = tracer_->start_span("once");
  auto moved = std::move(span);
  moved.end();
  moved.end();
  moved.set_attribute({"late", true});
  moved.add_event("late");
  moved.set_error("late");
  EXPECT_FALSE(moved.recording());
  const auto kept = only();
  EXPECT_THAT(kept->attributes, SizeIs(0));
  EXPECT_THAT(kept->events, SizeIs(0));
}

TEST_F(SpansTest, EndWhenAnotherTakesTheirPlace) {
  auto span = tracer_->start_span("first");
  span = tracer_->start_span("second");
  EXPECT_EQ(only()->name, "first");
}

TEST_F(SpansTest, ThatAreNotSampledRecordNothing) {
  const auto tracer = test::make_keeping_tracer(kept_, TraceSampler::kAlwaysOff);
  auto span = tracer->start_span("x");
  EXPECT_FALSE(span.recording());
  EXPECT_FALSE(span.context().sampled);
  EXPECT_NE(span.context().trace_id_hex(), std::string(32, '0')) << "it has a context to hand on";
  span.set_attribute({"a", 1});
  span.end();
  EXPECT_THAT(kept_->take(), SizeIs(0));
}

TEST_F(SpansTest, AreBounded) {
  const std::string long_text(8192, 'x');
  {
    auto span = tracer_->start_span(long_text);
    for (int i = 0; i < 1000; ++i) span.set_attribute({std::to_string(i) + long_text, long_text});
    for (int i = 0; i < 1000; ++i) span.add_event(long_text, {{"size", i}});
    span.set_error(long_text);
  }
  const auto span = only();
  EXPECT_THAT(span->name, SizeIs(1024));
  EXPECT_THAT(span->error, SizeIs(1024));
  EXPECT_THAT(span->attributes, SizeIs(128));
  EXPECT_EQ(span->dropped_attributes, 872u);
  EXPECT_THAT(span->attributes[0].key, SizeIs(1024));
  EXPECT_THAT(span->events, SizeIs(128));
  EXPECT_EQ(span->dropped_events, 872u);
  EXPECT_GT(span->size, 128u * 2048 + 128 * 1024) << "what it takes is counted";
  EXPECT_LT(span->size, 512u * 1024);
}

}  // namespace
}  // namespace plinth::telemetry

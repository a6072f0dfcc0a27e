#include <gmock/gmock.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "plinth/testing.h"
#include "support/kept_spans.h"
#include "support/scripted_server.h"
#include "support/string_servicer.h"
#include "telemetry/line_span.h"
#include "telemetry/trace_context.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using plinth::testing::InProcessOptions;
using plinth::testing::InProcessServer;
using telemetry::SpanRecord;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kTraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr const char* kNotSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

constexpr Method kUnaryMethod{kUnary, CallKind::kUnary};

Task<Result<Text>> ask(Channel& channel, const Method& method, std::string value, CallOptions options) {
  auto call = detail::start_with(channel, method, text(std::move(value)), std::move(options));
  auto response = detail::only_response<Text>(std::move(call));
  co_return co_await std::move(response);
}

Task<Status> take_all(Channel& channel, const Method& method, CallOptions options) {
  auto call = detail::start_with(channel, method, text("x"), std::move(options));
  Reader<Text> responses(*call);
  while (auto response = co_await responses.next()) continue;
  auto end = call->finish();
  co_return co_await end;
}

std::vector<std::string> event_names(const SpanRecord& span) {
  std::vector<std::string> names;
  for (const auto& event : span.events) names.push_back(event.name);
  return names;
}

std::string text_of(const std::array<std::uint8_t, 8>& id) {
  SpanContext context;
  context.span_id = id;
  return context.span_id_hex();
}

/// A service behind the interceptor, and a client with or without it.
class Tracing : public ::testing::Test {
 protected:
  using Handler = std::function<Task<Result<Text>>(ServerContext&, const Text&)>;

  Tracing() {
    servicer_->unary = [this](ServerContext& context, const Text& request) { return handler_(context, request); };
    servicer_->server_streaming = [](ServerContext&, const Text&) -> Generator<Text> {
      co_yield text("one");
      co_yield text("second");
    };
    servicer_->client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      while (auto request = co_await requests.next()) continue;
      co_return text("all");
    };
    servicer_->bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  void trace_server() { server_.add_interceptor(TracingInterceptor(tracer_)); }
  void trace_client() { server_.add_client_interceptor(TracingInterceptor(tracer_)); }

  Result<Text> call(CallOptions options = {}, const Method& method = kUnaryMethod) {
    auto channel = server_.channel();
    return loop_.run([&] { return ask(*channel, method, "hello", options); });
  }
  Result<Text> call_with(std::initializer_list<Metadata::Pair> metadata) {
    CallOptions options;
    options.metadata = Metadata(metadata);
    return call(std::move(options));
  }
  KeptSpan only_span() {
    auto spans = kept_->take();
    EXPECT_THAT(spans, SizeIs(1));
    return std::move(spans.at(0));
  }

  Handler handler_ = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
  std::shared_ptr<KeptSpans> kept_ = std::make_shared<KeptSpans>();
  std::shared_ptr<Tracer> tracer_ = make_keeping_tracer(kept_);
  std::shared_ptr<StringServicer> servicer_ = std::make_shared<StringServicer>();
  plinth::testing::ManualLoop loop_;
  InProcessServer server_{loop_};
};

using TracingOnServer = Tracing;
using TracingOnClient = Tracing;

TEST_F(TracingOnServer, HasASpanForEachCallOfEveryKind) {
  trace_server();
  server_.add_servicer(servicer_);
  auto channel = server_.channel();
  for (const auto& [path, kind] : {std::pair(kUnary, CallKind::kUnary),
                                   {kServerStreaming, CallKind::kServerStreaming},
                                   {kClientStreaming, CallKind::kClientStreaming},
                                   {kBidirectional, CallKind::kBidirectional}}) {
    const Method method{path, kind};
    EXPECT_EQ(loop_.run([&] { return take_all(*channel, method, {}); }), Status()) << path;
    const auto span = only_span();
    EXPECT_EQ(span->name, path.substr(1));
    EXPECT_EQ(span->kind, SpanKind::kServer);
    EXPECT_EQ(attribute_of(*span, "rpc.system"), "grpc");
    EXPECT_EQ(attribute_of(*span, "rpc.service"), "test.Text");
    EXPECT_EQ(attribute_of(*span, "rpc.method"), path.substr(path.rfind('/') + 1));
    EXPECT_EQ(attribute_of(*span, "rpc.grpc.status_code"), "0");
    EXPECT_FALSE(span->failed);
    EXPECT_GE(span->events.size(), 2u) << path;
  }
}

TEST_F(TracingOnServer, RecordsMessagesWithTheirSizes) {
  trace_server();
  server_.add_servicer(servicer_);
  auto channel = server_.channel();
  const Method method{kServerStreaming, CallKind::kServerStreaming};
  EXPECT_EQ(loop_.run([&] { return take_all(*channel, method, {}); }), Status());
  const auto span = only_span();
  EXPECT_THAT(event_names(*span), ElementsAre("Inbound message", "Outbound message", "Outbound message"));
  EXPECT_EQ(attribute_of(span->events[0].attributes, "sequence-number"), "0");
  EXPECT_EQ(attribute_of(span->events[0].attributes, "message-size"), "3");
  EXPECT_EQ(attribute_of(span->events[2].attributes, "sequence-number"), "1");
  EXPECT_EQ(attribute_of(span->events[2].attributes, "message-size"), "8");
}

TEST_F(TracingOnServer, BeginsATraceWithoutACaller) {
  trace_server();
  server_.add_servicer(servicer_);
  EXPECT_TRUE(call());
  const auto span = only_span();
  EXPECT_EQ(text_of(span->parent_id), "0000000000000000");
  EXPECT_FALSE(span->remote_parent);
}

TEST_F(TracingOnServer, GoesOnWithTheTraceOfTheCaller) {
  trace_server();
  server_.add_servicer(servicer_);
  EXPECT_TRUE(call_with({{"traceparent", kSampled}, {"tracestate", "a=1,b=2"}}));
  const auto span = only_span();
  EXPECT_EQ(span->context.trace_id_hex(), kTraceId);
  EXPECT_EQ(text_of(span->parent_id), "00f067aa0ba902b7");
  EXPECT_TRUE(span->remote_parent);
  EXPECT_EQ(span->trace_state, "a=1,b=2");
}

TEST_F(TracingOnServer, BeginsATraceWhenTheCallersIsMalformed) {
  trace_server();
  server_.add_servicer(servicer_);
  for (const auto* bad : {"", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "garbage"}) {
    EXPECT_TRUE(call_with({{"traceparent", bad}, {"tracestate", "a=1"}}));
    const auto span = only_span();
    EXPECT_NE(span->context.trace_id_hex(), kTraceId);
    EXPECT_EQ(text_of(span->parent_id), "0000000000000000");
    EXPECT_EQ(span->trace_state, "");
  }
}

TEST_F(TracingOnServer, RecordsNothingOfCallsThatAreNotSampled) {
  std::string seen;
  handler_ = [&seen](ServerContext&, const Text& request) -> Task<Result<Text>> {
    seen = current_trace_id();
    EXPECT_FALSE(current_span().recording());
    co_return request;
  };
  trace_server();
  server_.add_servicer(servicer_);
  EXPECT_TRUE(call_with({{"traceparent", kNotSampled}}));
  EXPECT_THAT(kept_->take(), IsEmpty());
  EXPECT_EQ(seen, kTraceId) << "the log says it all the same";
}

TEST_F(TracingOnServer, ShowsTheHandlerItsTrace) {
  std::string trace, span_id, line;
  handler_ = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    trace = current_trace_id();
    span_id = context.find<SpanContext>()->span_id_hex();
    line = telemetry::current_line_span().trace_text();
    line += telemetry::current_line_span().span_text();
    current_span().set_attribute({"rows", 3});
    auto child = tracer_->start_span("load prices");
    EXPECT_EQ(child.context().trace_id_hex(), trace);
    co_return request;
  };
  trace_server();
  server_.add_servicer(servicer_);
  EXPECT_TRUE(call_with({{"traceparent", kSampled}, {"tracestate", "a=1"}}));
  const auto spans = kept_->take();
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_EQ(spans[0]->name, "load prices");
  EXPECT_EQ(spans[0]->parent_id, spans[1]->context.span_id);
  EXPECT_EQ(spans[0]->trace_state, "a=1");
  EXPECT_EQ(attribute_of(*spans[1], "rows"), "3");
  EXPECT_EQ(trace, kTraceId);
  EXPECT_EQ(span_id, spans[1]->context.span_id_hex());
  EXPECT_EQ(line, trace + span_id);
  EXPECT_EQ(current_trace_id(), "") << "outside of calls there is none";
  EXPECT_FALSE(telemetry::current_line_span());
}

TEST_F(TracingOnServer, CallsOnlyItsOwnFaultsErrors) {
  Status status;
  handler_ = [&status](ServerContext&, const Text&) -> Task<Result<Text>> { co_return status; };
  trace_server();
  server_.add_servicer(servicer_);
  for (const auto code : {2, 4, 12, 13, 14, 15, 1, 3, 5, 6, 7, 8, 9, 10, 11, 16}) {
    status = Status(static_cast<StatusCode>(code), "told so");
    EXPECT_EQ(call().error(), status);
    const auto span = only_span();
    const bool own_fault = code == 2 || code == 4 || (code >= 12 && code <= 15);
    EXPECT_EQ(span->failed, own_fault) << to_string(status.code());
    EXPECT_EQ(span->error, own_fault ? "told so" : "");
    EXPECT_EQ(attribute_of(*span, "rpc.grpc.status_code"), std::to_string(code));
  }
}

TEST_F(TracingOnServer, RecordsWhatTheHandlerThrows) {
  handler_ = [](ServerContext&, const Text&) -> Task<Result<Text>> {
    throw std::runtime_error("the truth \xff");
    co_return Text();
  };
  trace_server();
  server_.add_servicer(servicer_);
  EXPECT_EQ(call().error().code(), StatusCode::kInternal);
  const auto span = only_span();
  ASSERT_THAT(event_names(*span), ElementsAre("Inbound message", "exception"));
  EXPECT_EQ(attribute_of(span->events[1].attributes, "exception.type"), "std::runtime_error");
  EXPECT_EQ(attribute_of(span->events[1].attributes, "exception.message"), "the truth ?");
  EXPECT_TRUE(span->failed);
}

TEST_F(TracingOnServer, SaysThatACallWasCutShort) {
  handler_ = [](ServerContext&, const Text&) -> Task<Result<Text>> {
    auto long_time = sleep_for(1h);
    co_await std::move(long_time);
    co_return Text();
  };
  trace_server();
  server_.add_servicer(servicer_);
  auto channel = server_.channel();
  CallOptions options;
  options.timeout = 2s;
  auto late = loop_.start([&] { return ask(*channel, kUnaryMethod, "x", options); });
  loop_.advance(3s);
  EXPECT_EQ(late.take().error().code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(attribute_of(*only_span(), "rpc.grpc.status_code"), "4");

  auto dropped = loop_.start([&] { return ask(*channel, kUnaryMethod, "x", {}); });
  dropped.cancel();
  loop_.advance(1s);
  EXPECT_EQ(attribute_of(*only_span(), "rpc.grpc.status_code"), "1");
}

TEST_F(TracingOnServer, NamesNoSpanAfterWhatNobodyServes) {
  trace_server();
  server_.add_servicer(servicer_);
  const Method method{"/some.Service/NobodyHas", CallKind::kUnary};
  EXPECT_EQ(call({}, method).error().code(), StatusCode::kUnimplemented);
  const auto span = only_span();
  EXPECT_EQ(span->name, "other");
  EXPECT_EQ(attribute_of(*span, "rpc.service"), "some.Service");
  EXPECT_EQ(attribute_of(*span, "rpc.method"), "NobodyHas");
}

TEST_F(TracingOnClient, HasASpanForTheCallAndOneForTheAttempt) {
  trace_server();
  trace_client();
  server_.add_servicer(servicer_);
  EXPECT_TRUE(call());
  const auto spans = kept_->take();
  ASSERT_THAT(spans, SizeIs(3));
  const auto &served = *spans[0], &attempt = *spans[1], &whole = *spans[2];
  EXPECT_EQ(whole.name, "test.Text/Unary");
  EXPECT_EQ(whole.kind, SpanKind::kClient);
  EXPECT_EQ(attribute_of(whole, "server.address"), "server");
  EXPECT_EQ(attribute_of(whole, "rpc.grpc.status_code"), "0");
  EXPECT_THAT(event_names(whole), ElementsAre("Outbound message", "Inbound message"));
  EXPECT_EQ(attempt.name, "Attempt.test.Text/Unary");
  EXPECT_EQ(attempt.kind, SpanKind::kInternal);
  EXPECT_EQ(attribute_of(attempt, "previous-rpc-attempts"), "0");
  EXPECT_EQ(attribute_of(attempt, "transparent-retry"), "false");
  ASSERT_THAT(event_names(attempt), ElementsAre("Delayed LB pick complete", "Outbound message", "Inbound message"));
  EXPECT_EQ(attribute_of(attempt.events[2].attributes, "sequence-number"), "0");
  EXPECT_EQ(attribute_of(attempt.events[2].attributes, "message-size"), "7");
  EXPECT_EQ(attempt.parent_id, whole.context.span_id);
  EXPECT_EQ(served.kind, SpanKind::kServer);
  EXPECT_EQ(served.parent_id, attempt.context.span_id) << "the attempt is what the server sees";
  EXPECT_TRUE(served.remote_parent);
  EXPECT_EQ(served.context.trace_id, whole.context.trace_id);
}

TEST_F(TracingOnClient, CallsEveryErrorAnError) {
  handler_ = [](ServerContext&, const Text&) -> Task<Result<Text>> { co_return not_found("no such text"); };
  trace_client();
  server_.add_servicer(servicer_);
  EXPECT_FALSE(call());
  for (const auto& span : kept_->take()) {
    EXPECT_TRUE(span->failed);
    EXPECT_EQ(span->error, "no such text");
    EXPECT_EQ(attribute_of(*span, "rpc.grpc.status_code"), "5");
  }
}

TEST_F(TracingOnClient, TellsServersThatItDoesNotSample) {
  tracer_ = make_keeping_tracer(kept_, TraceSampler::kAlwaysOff);
  std::string seen;
  handler_ = [&seen](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    seen = context.request_metadata().get("traceparent").value_or("none");
    co_return request;
  };
  trace_client();
  server_.add_servicer(servicer_);
  EXPECT_TRUE(call());
  EXPECT_THAT(kept_->take(), IsEmpty());
  const auto context = telemetry::parse_traceparent(seen);
  ASSERT_TRUE(context) << seen;
  EXPECT_FALSE(context->sampled);
}

TEST_F(TracingOnClient, TakesThePlaceOfATraceparentInTheMetadata) {
  handler_ = [](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    EXPECT_THAT(context.request_metadata().get_all("traceparent"), SizeIs(1));
    EXPECT_NE(context.request_metadata().get("traceparent"), kSampled);
    co_return request;
  };
  trace_client();
  server_.add_servicer(servicer_);
  EXPECT_TRUE(call_with({{"traceparent", kSampled}}));
}

/// Retries come without a pause to wait for.
TEST(TracingRetries, HaveASpanForEachAttempt) {
  const auto kept = std::make_shared<KeptSpans>();
  const auto servicer = std::make_shared<StringServicer>();
  int calls = 0;
  std::vector<std::string> parents;
  servicer->unary = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    parents.emplace_back(context.request_metadata().get("traceparent").value_or("none"));
    if (++calls < 3) co_return unavailable("later");
    co_return request;
  };
  plinth::testing::ManualLoop loop;
  InProcessOptions options;
  options.client.enable_retry = true;
  InProcessServer server(loop, options);
  server.add_servicer(servicer).add_client_interceptor(TracingInterceptor(make_keeping_tracer(kept)));
  auto channel = server.channel();
  auto running = loop.start([&] { return ask(*channel, kUnaryMethod, "hello", {}); });
  loop.advance(30s);
  EXPECT_TRUE(running.take());

  const auto spans = kept->take();
  ASSERT_THAT(spans, SizeIs(4));
  ASSERT_THAT(parents, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(attribute_of(*spans[i], "previous-rpc-attempts"), std::to_string(i));
    EXPECT_EQ(attribute_of(*spans[i], "rpc.grpc.status_code"), i < 2 ? "14" : "0");
    EXPECT_EQ(spans[i]->parent_id, spans[3]->context.span_id);
    EXPECT_THAT(event_names(*spans[i]), Contains("Outbound message")) << "each attempt has sent it";
    EXPECT_EQ(parents[i], telemetry::TraceParentText(spans[i]->context).view());
  }
  EXPECT_FALSE(spans[3]->failed) << "the call went well in the end";
  EXPECT_THAT(event_names(*spans[3]), ElementsAre("Outbound message", "Inbound message"));
}

TEST(TracingWaits, AreEventsOfTheCallAndOfItsAttempt) {
  const auto kept = std::make_shared<KeptSpans>();
  ScriptedChannel channel;
  channel.shared->add_interceptor(std::make_shared<TracingInterceptor>(make_keeping_tracer(kept)));
  channel.resolver->be_slow(1s);
  channel.scripted->greeting = "";
  channel.scripted->answer = answer_well;
  auto call = channel.unary("hello");
  channel.advance(1s);
  channel.say(settings());
  ASSERT_TRUE(call.done());
  const auto spans = kept->take();
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_THAT(event_names(*spans[0]), ElementsAre("Delayed LB pick complete", "Outbound message", "Inbound message"));
  EXPECT_THAT(event_names(*spans[1]),
              ElementsAre("Outbound message", "Delayed name resolution complete", "Inbound message"));
}

/// A service that calls another one.
class TracingThroughAService : public Tracing {
 protected:
  TracingThroughAService() {
    handler_ = [this](ServerContext&, const Text& request) -> Task<Result<Text>> {
      if (change_baggage_) CallContext::current()->find<Baggage>()->set("added", "here");
      auto asked = ask(*behind_.channel(), kUnaryMethod, request.value(), options_);
      co_return co_await std::move(asked);
    };
    behind_servicer_->unary = [this](ServerContext& context, const Text& request) -> Task<Result<Text>> {
      for (const auto* key : {"traceparent", "tracestate", "baggage"}) {
        seen_.emplace_back(context.request_metadata().get(key).value_or("none"));
      }
      user_ = current_baggage().get("user").value_or("nobody");
      co_return request;
    };
  }

  void start(std::shared_ptr<Tracer> tracer) {
    behind_.add_servicer(behind_servicer_).add_interceptor(TracingInterceptor(tracer));
    behind_.add_client_interceptor(TracingInterceptor(tracer));
    server_.add_servicer(servicer_).add_interceptor(TracingInterceptor(std::move(tracer)));
  }

  CallOptions options_;
  bool change_baggage_ = false;
  std::vector<std::string> seen_;
  std::string user_;
  std::shared_ptr<StringServicer> behind_servicer_ = std::make_shared<StringServicer>();
  InProcessServer behind_{loop_};
};

TEST_F(TracingThroughAService, IsOneTrace) {
  start(tracer_);
  EXPECT_TRUE(call_with({{"traceparent", kSampled}, {"tracestate", "a=1"}, {"baggage", "user=alice;p=1,x=%20"}}));
  const auto spans = kept_->take();
  ASSERT_THAT(spans, SizeIs(4));
  for (const auto& span : spans) EXPECT_EQ(span->context.trace_id_hex(), kTraceId);
  for (const auto& span : spans) EXPECT_EQ(span->trace_state, "a=1");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(spans[i]->parent_id, spans[i + 1]->context.span_id);
  EXPECT_EQ(text_of(spans[3]->parent_id), "00f067aa0ba902b7");
  EXPECT_THAT(seen_, ElementsAre(telemetry::TraceParentText(spans[1]->context).view(), "a=1", "user=alice;p=1,x=%20"));
  EXPECT_EQ(user_, "alice");
}

TEST_F(TracingThroughAService, HandsTheCallersContextOnWhenThereAreNoSpans) {
  ObservabilitySettings settings;
  settings.tracing_disabled = true;
  start(make_tracer(settings, make_null_logger(), nullptr));
  EXPECT_TRUE(call_with({{"traceparent", kSampled}, {"tracestate", "a=1"}, {"baggage", "user=alice"}}));
  EXPECT_THAT(seen_, ElementsAre(kSampled, "a=1", "user=alice"));
}

TEST_F(TracingThroughAService, HandsNothingOnWhenThereIsNothing) {
  ObservabilitySettings settings;
  settings.tracing_disabled = true;
  start(make_tracer(settings, make_null_logger(), nullptr));
  EXPECT_TRUE(call());
  EXPECT_THAT(seen_, ElementsAre("none", "none", "none"));
  EXPECT_EQ(user_, "nobody");
}

TEST_F(TracingThroughAService, HandsOnWhatTheHandlerHasAddedToTheBaggage) {
  change_baggage_ = true;
  start(tracer_);
  EXPECT_TRUE(call_with({{"baggage", "user=alice"}}));
  EXPECT_EQ(seen_.at(2), "user=alice,added=here");
}

TEST_F(TracingThroughAService, LeavesBaggageAloneThatTheHandlerHasGiven) {
  options_.metadata.add("baggage", "own=1");
  start(tracer_);
  EXPECT_TRUE(call_with({{"baggage", "user=alice"}}));
  EXPECT_EQ(seen_.at(2), "own=1");
}

}  // namespace
}  // namespace plinth::test

#include <google/protobuf/message_lite.h>

#include <charconv>
#include <utility>

#include "call/failure.h"
#include "plinth/client_context.h"
#include "plinth/tracing.h"
#include "telemetry/trace_context.h"

namespace plinth {

namespace {

using telemetry::TraceParentText;
using telemetry::TraceState;

/// The name of what nobody serves is the caller's, and there could be any number of them.
std::string_view span_name(const CallContext& call) {
  return call.method().registered ? call.method().path.substr(1) : "other";
}

/// Of a server only what is its own fault (OpenTelemetry's conventions for gRPC).
bool is_failure(StatusCode code, bool server) noexcept {
  switch (code) {
    case StatusCode::kOk: return false;
    case StatusCode::kUnknown:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kUnimplemented:
    case StatusCode::kInternal:
    case StatusCode::kUnavailable:
    case StatusCode::kDataLoss: return true;
    default: return !server;
  }
}

/// "host:port" in two attributes.
void set_host_port(Span& span, std::string_view text, std::string_view address_key, std::string_view port_key) {
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const auto digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!host.empty()) span.set_attribute({address_key, host});
  if (error == std::errc() && end == digits.data() + digits.size()) span.set_attribute({port_key, port});
}

/// "ipv4:127.0.0.1:50051", or "unix:/path".
void set_peer(Span& span, std::string_view address) {
  const auto scheme = address.substr(0, address.find(':'));
  const auto rest = address.substr(std::min(scheme.size() + 1, address.size()));
  if (scheme.starts_with("ipv")) return set_host_port(span, rest, "network.peer.address", "network.peer.port");
  if (!rest.empty()) span.set_attribute({"network.peer.address", rest});
}

void set_method(Span& span, const CallContext& call) {
  span.set_attribute({"rpc.system", "grpc"});
  span.set_attribute({"rpc.service", call.method().service()});
  span.set_attribute({"rpc.method", call.method().name()});
}

void set_outcome(Span& span, CallContext& call, const Status& status) {
  set_peer(span, call.peer().address);
  span.set_attribute({"rpc.grpc.status_code", static_cast<int>(status.code())});
  if (is_failure(status.code(), call.as_server())) span.set_error(status.message());
  if (const auto cause = status.cause()) {
    const auto thrown = call::describe(cause);
    span.add_event("exception", {{"exception.type", thrown.type}, {"exception.message", thrown.text}});
  }
}

/// Events for the messages that go by, numbered each way.
struct MessageEvents {
  Span& span;
  unsigned sent = 0;
  unsigned received = 0;

  void add(bool is_sent, std::string_view size_key, std::size_t size) {
    span.add_event(is_sent ? "Outbound message" : "Inbound message",
                   {{"sequence-number", is_sent ? sent++ : received++}, {size_key, size}});
  }
};

/// The application's messages, with their sizes before compression.
void record_messages(Span& span, CallContext& call) {
  call.observe_messages([events = MessageEvents{span}](auto direction, const auto& message) mutable {
    if (!events.span.recording()) return;
    events.add(direction == CallContext::Direction::kSent, "message-size", message.ByteSizeLong());
  });
}

/// What an attempt had to wait for, and the messages as they travel.
void record_events(Span& call, Span& attempt, ClientContext& context) {
  context.observe_attempt([&call, messages = MessageEvents{attempt}](const AttemptEvent& event) mutable {
    using enum AttemptEvent::Kind;
    const auto size_key = event.compressed ? "message-size-compressed" : "message-size";
    switch (event.kind) {
      case kResolved: return call.add_event("Delayed name resolution complete");
      case kPicked: return messages.span.add_event("Delayed LB pick complete");
      case kMessageSent: return messages.add(true, size_key, event.bytes);
      case kMessageReceived: return messages.add(false, size_key, event.bytes);
    }
  });
}

/// The rest of a call with `span` around it, which stays with the call: messages may be taken after its end.
Task<Status> traced(CallContext& call, Next next, Span& span) {
  auto rest = next();
  const auto status = co_await std::move(rest);
  set_outcome(span, call, status);
  span.end();
  co_return status;
}

/// What the calls of a handler have from it.
void hand_on(const CallContext* caller, Metadata& request) {
  if (!caller) return;
  const auto* state = caller->find<TraceState>();
  if (state) request.set(telemetry::kTraceState, state->text);
  const auto* baggage = caller->find<Baggage>();
  const bool said = baggage && !baggage->entries().empty() && !request.contains(telemetry::kBaggage);
  if (said) request.set(telemetry::kBaggage, baggage->to_header());
}

void inject(const SpanContext& context, Metadata& request) {
  request.set(telemetry::kTraceParent, TraceParentText(context).view());
}

}  // namespace

TracingInterceptor::TracingInterceptor(std::shared_ptr<Tracer> tracer) noexcept : tracer_(std::move(tracer)) {}

Task<Status> TracingInterceptor::intercept(CallContext& call, Next next) {
  auto* const client = call.as_client();
  if (!client) return serve(call, next);
  return client->attempt() == 0 ? send(*client, next) : attempt(*client, next);
}

Task<Status> TracingInterceptor::serve(CallContext& call, Next next) {
  auto remote = telemetry::read_remote_trace(call.request_metadata());
  if (!remote.baggage.entries().empty()) call.attach(std::move(remote.baggage));
  SpanOptions options;
  options.kind = SpanKind::kServer;
  options.parent = remote.parent ? &*remote.parent : nullptr;
  options.remote_parent = remote.parent.has_value();
  if (!remote.trace_state.empty()) options.trace_state = call.attach(TraceState{std::move(remote.trace_state)}).text;
  if (!tracer_->enabled()) {
    if (remote.parent) call.attach(*remote.parent);
    return next();
  }
  auto started = tracer_->start_span(span_name(call), options);
  call.attach(started.context());
  if (!started.recording()) return next();
  auto& span = call.attach(std::move(started));
  set_method(span, call);
  record_messages(span, call);
  return traced(call, next, span);
}

Task<Status> TracingInterceptor::send(ClientContext& call, Next next) {
  const auto* const caller = call.caller();
  const auto* const parent = caller ? caller->find<SpanContext>() : nullptr;
  hand_on(caller, call.request_metadata());
  if (!tracer_->enabled()) {
    if (parent) inject(*parent, call.request_metadata());
    return next();
  }
  SpanOptions options;
  options.kind = SpanKind::kClient;
  options.parent = parent;
  const auto state = call.request_metadata().get(telemetry::kTraceState);
  if (state && parent) options.trace_state = *state;
  auto started = tracer_->start_span(span_name(call), options);
  call.attach(started.context());
  inject(started.context(), call.request_metadata());
  if (!started.recording()) return next();
  auto& span = call.attach(std::move(started));
  set_method(span, call);
  set_host_port(span, call.authority(), "server.address", "server.port");
  record_messages(span, call);
  return traced(call, next, span);
}

/// Only of calls that are recorded: the others have said already what they are.
Task<Status> TracingInterceptor::attempt(ClientContext& call, Next next) {
  auto* const whole = call.find<Span>();
  if (!whole || !whole->recording()) return next();
  SpanOptions options;
  const auto parent = whole->context();
  options.parent = &parent;
  const auto state = call.request_metadata().get(telemetry::kTraceState);
  if (state) options.trace_state = *state;
  auto started = tracer_->start_span(fmt::format("Attempt.{}", span_name(call)), options);
  if (!started.recording()) return next();
  call.attach(started.context());
  inject(started.context(), call.request_metadata());
  auto& span = call.attach(std::move(started));
  set_method(span, call);
  span.set_attribute({"previous-rpc-attempts", call.attempt() - 1});
  span.set_attribute({"transparent-retry", call.transparent()});
  record_events(*whole, span, call);
  return traced(call, next, span);
}

}  // namespace plinth

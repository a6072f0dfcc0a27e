#include "server/server_call.h"

#include "call/failure.h"
#include "server/offloaded_call.h"
#include "wire/field_scratch.h"
#include "wire/framing.h"
#include "wire/response_head.h"

namespace plinth::server {

namespace {

/// For calls that never reach a handler.
Task<Status> ended_with(Status status) { co_return status; }

std::string_view http_status_text(int status) noexcept { return status == 415 ? "415" : status == 405 ? "405" : "400"; }

}  // namespace

ServerCall::ServerCall(Shared& shared, Worker& worker) : shared_(shared), worker_(worker) {
  request_metadata_ = &head_.metadata();
}

ServerCall::~ServerCall() = default;

void ServerCall::open(CallOwner& owner, const Peer& peer, http2::Stream& stream) noexcept {
  owner_ = &owner;
  peer_ = &peer;
  stream_ = &stream;
  state_ = State::kHead;
  head_.reset();
  head_size_ = 0;
  handler_ = nullptr;
  servicer_ = nullptr;
  method_ = nullptr;
  deadline_ = Deadline();
  initial_metadata_.clear();
  trailing_metadata_.clear();
  scope_.reset();
  announced_ = wire::Encoding::kIdentity;
  head_sent_ = false;
  sent_ = {};
}

void ServerCall::fail(Status status) {
  if (state_ == State::kEnded) return;
  scope_.cancel(std::move(status));
  start_soon();
}

void ServerCall::on_field(std::string_view name, std::string_view value) {
  if (state_ != State::kHead) return;  // a client's trailers mean nothing to gRPC
  head_size_ += name.size() + value.size() + 32;
  if (head_size_ <= shared_.session.max_header_list_size) head_.on_field(name, value);
}

void ServerCall::on_fields_end(bool) {
  if (state_ != State::kHead) return;
  if (head_size_ > shared_.session.max_header_list_size) {
    return reject({200, resource_exhausted("the request's header fields have {} bytes, {} are allowed", head_size_,
                                           shared_.session.max_header_list_size)});
  }
  const auto problem = head_.check();
  if (problem && (problem->http_status != 200 || !head_.has_method())) return reject(*problem);
  accept();
  if (problem) fail(problem->status);  // interceptors see that
}

void ServerCall::accept() {
  state_ = State::kReceiving;
  const auto* entry = shared_.methods.find(head_.path());
  if (entry) {
    handler_ = entry->handler;
    servicer_ = entry->servicer;
    method_ = &handler_->method;
    scope_.set_method(method_);
  } else {
    unknown_method_ = {head_.path(), CallKind::kUnary, false};
    method_ = &unknown_method_;
  }
  authority_ = head_.authority();
  inbound_.reset(stream_, shared_.settings.max_message_size, head_.encoding());
  outbound_.reset(stream_);
  set_compression(head_.encoding() == wire::Encoding::kGzip);
  start_deadline();
  if (!entry || !entry->operational) take_place();
  if (owner_->unsent_bytes() > shared_.limits.unsent_responses) {
    fail(resource_exhausted("the client has {} bytes of earlier answers to read first", owner_->unsent_bytes()));
  }
  if (!handler_ || method_->client_streams() || cancelled()) return start_soon();
  inbound_.want(true);
}

void ServerCall::start_deadline() {
  if (!head_.timeout()) return;
  deadline_ = Deadline::after(worker_.now(), *head_.timeout());
  if (!deadline_.is_set()) return;
  if (deadline_.expired(worker_.now())) return on_deadline();
  worker_.timers().arm(deadline_timer_, deadline_.at());
}

void ServerCall::take_place() {
  const auto limit = shared_.settings.max_concurrent_rpcs;
  if (limit == 0) return;
  has_place_ = shared_.limited_calls.fetch_add(1, std::memory_order_relaxed) < limit;
  if (has_place_) return;
  shared_.limited_calls.fetch_sub(1, std::memory_order_relaxed);
  fail(resource_exhausted("the server runs {} calls, which is its limit", limit)
           .with_details(shared_.over_limit_details));
}

void ServerCall::on_deadline() { fail(deadline_exceeded("Deadline exceeded")); }

void ServerCall::reject(const wire::RequestHead::Problem& problem) {
  auto& [fields, texts] = wire::empty_scratch();
  wire::append_trailers_only(problem.status, {}, fields, texts);
  if (problem.http_status != 200) fields.front() = {":status", http_status_text(problem.http_status), true};
  state_ = State::kEnded;
  owner_->on_call_done(problem.status, {});
  stream_->send_only(fields);
}

void ServerCall::on_data(base::ByteView bytes) {
  if (state_ == State::kEnded || cancelled()) return stream_->consume(bytes.size());
  if (auto status = inbound_.on_data(bytes); !status.ok()) return fail(std::move(status));
  if (state_ == State::kReceiving && inbound_.has_more()) {
    return fail(unimplemented("{} takes one request, and more came", method_->path));
  }
  count_unread();
  const auto limit = shared_.limits.unread_requests;
  if (owner_->unread_bytes > limit) {
    fail(
        resource_exhausted("the calls of this connection have {} bytes of requests that nobody has read; {} are "
                           "allowed: send less at a time, or use more connections",
                           owner_->unread_bytes, limit));
  }
}

void ServerCall::count_unread() noexcept {
  const auto unread = inbound_.held();
  owner_->unread_bytes += unread - std::exchange(unread_, unread);
}

void ServerCall::on_end() {
  if (state_ == State::kEnded || cancelled()) return;
  if (auto status = inbound_.on_end(); !status.ok()) return fail(std::move(status));
  if (state_ != State::kReceiving) return;
  if (!inbound_.has_message()) {
    return fail(unimplemented("{} takes one request, and the stream ended without one", method_->path));
  }
  start_soon();
}

void ServerCall::on_sent(std::size_t) { outbound_.on_sent(); }

void ServerCall::on_closed(http2::ErrorCode) {
  stream_ = nullptr;
  inbound_.detach();
  outbound_.detach();
  if (state_ == State::kEnded) return release();
  if (state_ == State::kHead) {
    state_ = State::kEnded;
    owner_->on_call_done(::plinth::cancelled("the head of the request has no end"), {});
    return release();
  }
  fail(::plinth::cancelled("the client has cancelled the call, or its connection is lost"));
}

void ServerCall::start_soon() noexcept {
  if (state_ != State::kReceiving) return;
  state_ = State::kRunning;
  worker_.when_ready(start_step_);
}

void ServerCall::start() {
  try {
    chain_ = shared_.interceptors.empty() ? run_handler() : Next(shared_.interceptors, *this, *this)();
  } catch (...) {  // of a handler or an interceptor that is no coroutine
    chain_ = ended_with(run_failed(std::current_exception()));
  }
  if (chain_.start(&scope_, *this)) end();
}

Task<Status> ServerCall::run() {
  std::exception_ptr thrown;
  try {
    auto handler = run_handler();
    auto status = co_await std::move(handler);
    if (cancelled()) status = scope_.reason();
    co_return call::translated(*this, std::move(status));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return call::translated(*this, run_failed(thrown));
}

Task<Status> ServerCall::run_handler() {
  if (cancelled()) return ended_with(scope_.reason());
  if (!handler_) return ended_with(unimplemented("there is no method {} here", method_->path));
  if (servicer_->blocks()) return run_offloaded(*handler_, *servicer_, *this, *this);
  return handler_->run(*servicer_, *this, *this);
}

Status ServerCall::outcome() {
  try {
    auto status = chain_.take();
    if (cancelled() && shared_.interceptors.empty()) status = scope_.reason();
    return status;
  } catch (...) {
    return run_failed(std::current_exception());
  }
}

Status ServerCall::run_failed(const std::exception_ptr& thrown) {
  auto status = call::status_from(thrown);
  if (!cancelled()) return status;
  log_cause(status);
  return scope_.reason();
}

/// The peer sees a safe sentence; here is the truth.
void ServerCall::log_cause(const Status& status) const {
  if (!status.cause()) return;
  const auto truth = call::describe(status.cause());
  shared_.logger->error("grpc_error", {{"method", method_->path},
                                       {"error_type", truth.type},
                                       {"status", to_string(status.code())},
                                       {"message", truth.text}});
}

/// The client may take its time to read the rest; what the handler held is let go now.
void ServerCall::end() {
  const auto status = outcome();
  log_cause(status);
  chain_ = {};
  if (scope_.watched()) scope_.cancel(::plinth::cancelled("the handler has ended"));
  instances_.reset();
  observers_.clear();
  attachments_.clear();
  owner_->on_call_done(status, traffic());
  sent_ = {};
  inbound_.reset(nullptr, 0, wire::Encoding::kIdentity);
  count_unread();
  finish(status);
}

void ServerCall::finish(const Status& status) {
  deadline_timer_.disarm();
  state_ = State::kEnded;
  if (has_place_) shared_.limited_calls.fetch_sub(1, std::memory_order_relaxed);
  has_place_ = false;
  if (!stream_) return release();
  if (status.ok() && !last_message_.empty()) {
    send_initial_metadata();
    outbound_.put(std::move(last_message_));
  }
  send_trailers(status);
}

void ServerCall::send_trailers(const Status& status) {
  if (!initial_metadata_.empty()) send_initial_metadata();
  auto& [fields, texts] = wire::empty_scratch();
  if (head_sent_) {
    wire::append_trailers(status, trailing_metadata_, fields, texts);
    stream_->send_trailers(fields);
  } else {
    wire::append_trailers_only(status, trailing_metadata_, fields, texts);
    stream_->send_only(fields);
  }
}

void ServerCall::release() noexcept {
  last_message_ = {};
  owner_->on_call_ended(*this);
}

void ServerCall::send_initial_metadata() {
  if (head_sent_ || !stream_) return;
  head_sent_ = true;
  auto& [fields, texts] = wire::empty_scratch();
  wire::append_response_head(announced_, initial_metadata_, fields, texts,
                             head_.encoding() != wire::Encoding::kIdentity);
  stream_->send_head(fields);
}

void ServerCall::set_compression(bool on) {
  const auto wanted =
      on && head_.peer_accepts(wire::Encoding::kGzip) ? wire::Encoding::kGzip : wire::Encoding::kIdentity;
  if (!head_sent_) announced_ = wanted;
  outbound_.set_encoding(announced_ == wire::Encoding::kGzip ? wanted : wire::Encoding::kIdentity);
}

ScopedInstances& ServerCall::scoped_instances() {
  if (!instances_) instances_ = std::make_unique<ScopedInstances>();
  return *instances_;
}

void ServerCall::wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept {
  inbound_.want();
  inbound_.reader().wait(reader, scope);
}

bool ServerCall::take_message(google::protobuf::MessageLite& message) {
  inbound_.reader().check();
  scope_.check();
  const bool taken = inbound_.take(message);
  count_unread();
  if (!taken) return false;
  show(Direction::kReceived, message);
  return true;
}

void ServerCall::wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept {
  outbound_.writer().wait(writer, scope);
}

void ServerCall::put_message(const google::protobuf::MessageLite& message) {
  outbound_.writer().check();
  scope_.check();
  show(Direction::kSent, message);
  send_initial_metadata();
  outbound_.put(serialize(message));
}

void ServerCall::put_last_message(const google::protobuf::MessageLite& message) {
  show(Direction::kSent, message);
  last_message_ = serialize(message);
}

base::Bytes ServerCall::serialize(const google::protobuf::MessageLite& message) {
  auto framed = outbound_.serialize(message);
  ++sent_.sent_messages;
  sent_.sent_bytes += framed.size() - wire::kPrefixSize;
  return framed;
}

Traffic ServerCall::traffic() const noexcept {
  auto traffic = sent_;
  traffic.received_messages = inbound_.messages();
  traffic.received_bytes = inbound_.message_bytes();
  return traffic;
}

void ServerCall::show(Direction direction, const google::protobuf::MessageLite& message) const {
  for (const auto& observer : observers_) observer(direction, message);
}

}  // namespace plinth::server

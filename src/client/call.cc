#include "client/call.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>

#include "call/failure.h"
#include "wire/framing.h"

namespace plinth::client {

namespace {

/// Bytes of messages that a call keeps for another attempt (gRFC A6).
constexpr std::size_t kMostKept = 256 * 1024;

}  // namespace

Call::Call(std::shared_ptr<WorkerChannel> channel, const Method& method, CallOptions options)
    : channel_(std::move(channel)),
      shared_(channel_->shared()),
      worker_(channel_->worker()),
      options_(std::move(options)) {
  method_ = &method;
  peer_ = &kNoPeer;
  authority_ = shared_.authority;
  request_metadata_ = &options_.metadata;
}

Call::~Call() = default;

ClientCallPtr Call::start_here(const std::shared_ptr<Shared>& shared, const Method& method, CallOptions options,
                               CallContext* caller) {
  auto* call = new Call(shared->parts.here(shared), method, std::move(options));
  ClientCallPtr owner(call);
  call->caller_ = caller;
  call->start(CancelScope::current());
  if (caller) call->caller_ = nullptr;  // its thread goes on now
  return owner;
}

void Call::start(CancelScope* caller) {
  channel_->on_call_begun();
  scope_.attach(own_tie_);
  configure(caller);
  configured_ = true;
  if (shared_.interceptors.empty()) return wire_ended_ ? end() : begin();
  chain_ = Next(shared_.interceptors, *this, *this)();
  if (chain_.start(&scope_, *this)) chain_ended();
}

void Call::configure(CancelScope* caller) {
  config_ = shared_.config.find_method(method_->path);
  const auto said = config_ ? config_->wait_for_ready : std::nullopt;
  wait_for_ready_ = options_.wait_for_ready.value_or(said.value_or(false));
  max_request_size_ = options_.max_request_size.value_or(SIZE_MAX);
  if (config_ && config_->max_request_message_bytes) {
    max_request_size_ = std::min<std::size_t>(max_request_size_, *config_->max_request_message_bytes);
  }
  const auto* policy = config_ ? std::get_if<RetryPolicy>(&config_->attempts) : nullptr;
  retry_.emplace(policy ? *policy : shared_.retry, shared_.throttle.get());
  const auto* hedging = config_ ? std::get_if<HedgingPolicy>(&config_->attempts) : nullptr;
  if (hedging) begin_hedging(*hedging);
  outbound_.set_encoding(options_.compress ? wire::Encoding::kGzip : wire::Encoding::kIdentity);

  auto* const parent = caller ? caller->call() : nullptr;
  if (parent) caller_ = parent;
  auto deadline = Deadline::after(worker_.now(), timeout());
  if (caller_ && options_.inherit_deadline) deadline = std::min(deadline, caller_->deadline());
  start_deadline(deadline);
  if (parent && options_.inherit_cancellation) tie(&parent->scope(), caller_tie_);
  tie(options_.cancel_with, token_tie_);
}

Duration Call::timeout() const {
  const auto configured = config_ ? config_->timeout : std::nullopt;
  if (!options_.timeout) return configured.value_or(shared_.settings.default_timeout);
  return std::min(*options_.timeout, configured.value_or(Duration::max()));
}

void Call::start_deadline(Deadline deadline) {
  deadline_ = deadline;
  if (!deadline_.is_set()) return;
  if (deadline_.expired(worker_.now())) return on_deadline();
  worker_.timers().arm(deadline_timer_, deadline_.at());
}

void Call::tie(CancelScope* scope, Tie& tie) {
  if (!scope || wire_ended_) return;
  if (scope->cancelled()) return fail(scope->reason());
  scope->attach(tie);
}

void Call::on_deadline() {
  if (!first_attempt_) {
    return fail(deadline_exceeded("Deadline exceeded: the call to {} had not been sent", shared_.target.text));
  }
  if (attempts_ == 0) {
    const auto& why = channel_->failure();
    return fail(deadline_exceeded("Deadline exceeded: there was no connection for {}{}{}", shared_.target.text,
                                  why.ok() ? "" : ": ", why.message()));
  }
  fail(deadline_exceeded("Deadline exceeded: {} has not answered in time", peer_->address));
}

Task<Status> Call::run() {
  begin();
  Status why;
  try {
    if (!wire_ended_) co_await wire_end_.wait();
  } catch (const StatusError& error) {
    why = error.status();
  }
  // The call's own scope has given a status; one of an interceptor's, such as that of with_timeout, has not.
  co_return wire_ended_ ? wire_status_ : why;
}

void Call::begin() {
  if (!wire_ended_ && pass_breaker()) begin_attempt();
}

/// gRFC A6, "Hedging Policy".
void Call::begin_hedging(const HedgingPolicy& policy) { hedging_ = std::make_unique<Hedging>(policy); }

void Call::hedge_soon(Duration delay) {
  const bool throttled = shared_.throttle && !shared_.throttle->allows();
  if (hedging_->stopped || throttled || hedging_->attempts >= hedging_->policy.max_attempts) return drop_next();
  begin_later(delay);
}

void Call::begin_later(Duration delay) {
  if (!next_) {
    next_ = &new_attempt();
    channel_->keep(*next_);
  }
  worker_.timers().arm(pause_timer_, Deadline::after(worker_.now(), delay).at());
}

void Call::drop_next() noexcept {
  pause_timer_.disarm();
  if (auto* next = std::exchange(next_, nullptr)) next->stop_waiting();
}

bool Call::pass_breaker() {
  if (!shared_.breaker) return true;
  auto pass = shared_.breaker->admit(worker_.now());
  if (!pass) return finish(std::move(pass).error()), false;
  pass_.emplace(std::move(*pass));
  return true;
}

Attempt& Call::new_attempt() {
  Attempt::Owner& owner = *this;
  if (!first_attempt_) return first_attempt_.emplace(owner, options_.metadata);
  return later_attempts_.emplace_back(owner, options_.metadata);
}

template <class Action>
void Call::each_attempt(Action action) {
  if (first_attempt_) action(*first_attempt_);
  for (auto& attempt : later_attempts_) action(attempt);
}

template <class Action>
void Call::each_stream(Action action) {
  each_attempt([&](Attempt& attempt) {
    if (attempt.stream()) action(attempt);
  });
}

template <class Test>
bool Call::any_attempt(Test test) const {
  return (first_attempt_ && test(*first_attempt_)) || std::ranges::any_of(later_attempts_, test);
}

wire::RequestOptions Call::request_options() const {
  wire::RequestOptions head{.path = method_->path, .authority = authority_, .secure = shared_.connector->secure()};
  if (deadline_.is_set()) head.timeout = deadline_.remaining(worker_.now());
  if (options_.compress) head.encoding = wire::Encoding::kGzip;
  head.previous_attempts = hedging_ ? hedging_->attempts : retry_->previous_attempts();
  return head;
}

void Call::on_opened(Attempt& attempt) {
  ++attempts_;
  peer_ = &attempt.peer();
  send_kept(attempt);
  if (!hedging_ || chosen_ || wire_ended_) return;
  ++hedging_->attempts;
  hedge_soon(hedging_->policy.hedging_delay);
}

void Call::send_kept(Attempt& attempt) {
  outbound_.attach(attempt.stream());
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const auto bytes = kept_[i];
    outbound_.put(bytes);
    attempt.count_sent(bytes);  // may end the call, which then forgets them
  }
  if (wire_ended_) return;
  if (half_closed_) attempt.stream()->send_end();
  outbound_.on_sent();
  if (kept_size_ > kMostKept) commit(attempt);
}

void Call::on_head(Attempt& attempt) {
  commit(attempt);
  if (pass_ && pass_->is_probe() && method_->server_streams()) pass_->done(StatusCode::kOk, worker_.now());
  std::swap(initial_metadata_, attempt.initial_metadata());
  const auto limit = options_.max_response_size.value_or(
      config_ ? std::min<std::size_t>(config_->max_response_message_bytes.value_or(UINT32_MAX),
                                      shared_.settings.max_message_size)
              : shared_.settings.max_message_size);
  inbound_.reset(attempt.stream(), limit, attempt.response().encoding());
  if (!method_->server_streams() || inbound_.reader().waiting()) inbound_.want(!method_->server_streams());
}

void Call::commit(Attempt& chosen) noexcept {
  if (chosen_) return;
  retry_step_.unlink();
  drop_next();
  if (!later_attempts_.empty()) {
    const auto why = ::plinth::cancelled("another attempt of the call has been chosen");
    each_attempt([&](Attempt& attempt) {
      if (&attempt != &chosen) attempt.abandon(why);
    });
  }
  outbound_.attach(chosen.stream());
  outbound_.on_sent();
  peer_ = &chosen.peer();
  chosen_ = &chosen;
  kept_.clear();
  kept_size_ = 0;
}

/// The messages are too many to be kept for another attempt.
void Call::commit_to_one() noexcept {
  Attempt* one = nullptr;
  each_stream([&](Attempt& attempt) { one = one ? one : &attempt; });
  if (one) commit(*one);
}

Status Call::on_message_bytes(base::ByteView bytes) {
  const auto waiting = inbound_.waiting();
  auto status = inbound_.on_data(bytes);
  for (auto i = waiting; i < inbound_.waiting(); ++i) chosen_->note_received(inbound_.waiting_frame(i));
  if (!status.ok()) return status;
  if (!method_->server_streams() && inbound_.has_more()) {
    return unimplemented("{} gives one response, and more came", method_->path);
  }
  if (skipping_) skip_messages();
  return {};
}

void Call::skip_messages() {
  while (inbound_.skip()) {
  }
  inbound_.want();
}

void Call::on_sent() { outbound_.on_sent(); }

Traffic Call::received() const noexcept {
  return {.received_messages = inbound_.messages(), .received_bytes = inbound_.message_bytes()};
}

Traffic Call::traffic() const noexcept {
  auto traffic = received();
  traffic.sent_messages = sent_.sent_messages;
  traffic.sent_bytes = sent_.sent_bytes;
  return traffic;
}

/// Of an attempt that is over: what is sent goes to another that is under way.
void Call::leave_stream() noexcept {
  http2::Stream* other = nullptr;
  each_stream([&](Attempt& attempt) { other = attempt.stream(); });
  inbound_.detach();
  outbound_.attach(other);
  if (other) outbound_.on_sent();
}

Status Call::conclude(const Attempt& attempt, Status status) {
  leave_stream();
  if (status.ok() && attempt.response().has_head()) status = said_by(*peer_, inbound_.on_end());
  if (status.ok() && !method_->server_streams()) status = take_only_response();
  return status;
}

void Call::on_attempt_end(Attempt& attempt) {
  if (wire_ended_) return settle();
  if (attempt.abandoned()) return;
  if (attempt.refused()) pass_.reset();  // the target has no part in it
  leave_stream();
  if (hedging_ && !attempt.opened()) ++hedging_->attempts;
  std::swap(trailing_metadata_, attempt.trailing_metadata());
  attempt_failed(attempt.status(), attempt.unprocessed());
}

bool Call::has_attempt_under_way() const {
  return next_ || retry_step_.linked() || any_attempt([](const Attempt& attempt) {
           return attempt.stream() || attempt.looking() || (attempt.has_running_chain() && !attempt.abandoned());
         });
}

/// The others go on after a status that is not fatal, and the next one begins at once, or when the server says so.
void Call::hedge_failed(Status status, Pushback pushback) {
  if (!hedging_->policy.non_fatal_codes.contains(status.code())) return finish(std::move(status));
  if (shared_.throttle) shared_.throttle->on_failure();
  hedging_->stopped |= pushback.kind == Pushback::Kind::kStop;
  const bool looking = any_attempt([](const Attempt& attempt) { return attempt.looking(); });
  if (next_ || !looking || pushback.kind != Pushback::Kind::kNone) hedge_soon(pushback.delay);
  if (!has_attempt_under_way()) return finish(std::move(status));
  trailing_metadata_.clear();
}

Status Call::take_only_response() {
  if (!inbound_.has_message()) {
    return said_by(*peer_, unimplemented("{} ended with OK, but without a response", method_->path));
  }
  if (!response_) return {};
  try {
    take(*response_);
    show(Direction::kReceived, *response_);
    return {};
  } catch (...) {
    return call::status_from(std::current_exception());
  }
}

bool Call::take(google::protobuf::MessageLite& message) {
  try {
    return inbound_.take(message);
  } catch (const StatusError& error) {
    throw StatusError(said_by(*peer_, error.status()));
  }
}

/// A call that was not looked at is tried again at once, but only once: the server that refuses all must not be asked
/// for ever.
void Call::attempt_failed(Status status, bool unprocessed) {
  if (unprocessed && !chosen_ && !std::exchange(refused_before_, true)) {
    if (hedging_) --hedging_->attempts;
    trailing_metadata_.clear();
    return worker_.when_ready(retry_step_);
  }
  if (channel_->closed()) return finish(std::move(status));
  const auto pushback = parse_pushback(trailing_metadata_.get("grpc-retry-pushback-ms"));
  if (hedging_ && !chosen_) return hedge_failed(std::move(status), pushback);
  const auto pause = retry_->on_attempt_end(status.code(), pushback, chosen_ != nullptr);
  const bool in_time = pause && *pause < deadline_.remaining(worker_.now());
  if (!in_time) return finish(std::move(status));
  retry_after(*pause, status);
}

void Call::retry_after(Duration pause, const Status& status) {
  shared_.logger->info("grpc_retry", {{"method", method_->path},
                                      {"attempt", retry_->previous_attempts()},
                                      {"max_retries", retry_->max_attempts() - 1},
                                      {"delay", std::chrono::duration<double>(pause).count()},
                                      {"error", status.message()}});
  trailing_metadata_.clear();
  begin_later(pause);
}

/// The wire's part is over; interceptors may still change the status.
void Call::finish(Status status) {
  if (std::exchange(wire_ended_, true)) return;
  retry_step_.unlink();
  drop_next();
  deadline_timer_.disarm();
  inbound_.detach();
  outbound_.attach(nullptr);
  const bool late = status.code() == StatusCode::kDeadlineExceeded;
  each_attempt([&](Attempt& attempt) { late ? attempt.time_out(status) : attempt.abandon(status); });
  kept_.clear();
  if (pass_) pass_->done(status.code(), worker_.now());
  status_ = wire_status_ = std::move(status);
  settle();
}

void Call::chain_ended() {
  Status status;
  try {
    status = chain_.take();
  } catch (...) {
    status = call::status_from(std::current_exception());
  }
  chain_ = {};
  if (!wire_ended_) return finish(std::move(status));
  status_ = std::move(status);
  settle();
}

/// Ends when the interceptors have, those of the attempts first.
void Call::settle() {
  if (!configured_) return;
  if (any_attempt([](const Attempt& attempt) { return attempt.has_running_chain(); })) return;
  chain_ ? wire_end_.set() : end();
}

void Call::end() {
  ended_ = true;
  if (!inbound_.has_message()) {  // else they may still be taken, and seen
    observers_.clear();
    attachments_.clear();
  }
  own_tie_.unlink();
  caller_tie_.unlink();
  token_tie_.unlink();
  channel_->on_call_ended(status_.ok());
  inbound_.reader().wake();
  outbound_.writer().wake();
  end_waiter_.wake();
  if (dropped_) delete this;
}

void Call::fail(Status status) {
  if (!ended_) scope_.cancel(std::move(status));
}

/// For what is the caller's own doing: the breaker hears nothing of it.
void Call::refuse(Status status) {
  pass_.reset();
  fail(std::move(status));
}

void Call::cancel() { fail(::plinth::cancelled("the caller has cancelled the call")); }

void Call::set_compression(bool on) {
  if (options_.compress) outbound_.set_encoding(on ? wire::Encoding::kGzip : wire::Encoding::kIdentity);
}

void Call::drop() noexcept {
  if (!ended_) fail(::plinth::cancelled("the caller has dropped the call"));
  if (ended_) {
    delete this;
  } else {
    dropped_ = true;
  }
}

void Call::half_close() {
  if (std::exchange(half_closed_, true) || wire_ended_) return;
  each_stream([](Attempt& attempt) { attempt.stream()->send_end(); });
}

void Call::wait_for_end(std::coroutine_handle<> waiter, CancelScope* scope) noexcept {
  skipping_ = method_->server_streams();
  if (skipping_) skip_messages();
  end_waiter_.wait(waiter, scope);
}

void Call::receive_into(google::protobuf::MessageLite* response) {
  response_ = response;
  if (!ended_ || !status_.ok() || !response_) return;
  status_ = take_only_response();
}

Status Call::status() {
  end_waiter_.check();
  return status_;
}

void Call::wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept {
  inbound_.want();
  inbound_.reader().wait(reader, scope);
}

bool Call::take_message(google::protobuf::MessageLite& message) {
  inbound_.reader().check();
  try {
    if (!take(message)) return false;
  } catch (const StatusError& error) {
    fail(error.status());
    throw;
  }
  show(Direction::kReceived, message);
  return true;
}

bool Call::can_put() const noexcept {
  if (wire_ended_) return true;
  return outbound_.attached() ? outbound_.can_put() : kept_size_ < call::Outbound::kSendBuffer;
}

void Call::wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept {
  outbound_.writer().wait(writer, scope);
}

void Call::put_message(const google::protobuf::MessageLite& message) {
  outbound_.writer().check();
  if (ended_) throw StatusError(status_.ok() ? ::plinth::cancelled("the call has ended") : status_);
  if (wire_ended_) return;
  try {
    put(message);
  } catch (...) {
    refuse(call::status_from(std::current_exception()));
  }
}

void Call::put(const google::protobuf::MessageLite& message) {
  if (const auto size = message.ByteSizeLong(); size > max_request_size_) {
    throw StatusError(resource_exhausted("a request of {} bytes: {} are allowed", size, max_request_size_));
  }
  show(Direction::kSent, message);
  auto bytes = outbound_.serialize(message);
  ++sent_.sent_messages;
  sent_.sent_bytes += bytes.size() - wire::kPrefixSize;
  if (chosen_) {
    chosen_->count_sent(bytes);
    return outbound_.put(std::move(bytes));
  }
  kept_size_ += bytes.size();
  kept_.push_back(bytes);
  each_stream([&](Attempt& attempt) {
    attempt.stream()->send(bytes);
    attempt.count_sent(bytes);  // may end the call
  });
  if (kept_size_ > kMostKept) commit_to_one();
}

void Call::put_last_message(const google::protobuf::MessageLite& message) {
  put_message(message);
  half_close();
}

void Call::show(Direction direction, const google::protobuf::MessageLite& message) const {
  for (const auto& observer : observers_) observer(direction, message);
}

}  // namespace plinth::client

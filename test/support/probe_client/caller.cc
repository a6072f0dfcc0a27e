#include "caller.h"

#include <chrono>

#include "myservice/service.pb.h"
#include "plinth/async.h"
#include "plinth/test/probe.pb.h"

namespace plinth::test {

namespace {

Task<void> cancel_after(std::chrono::milliseconds time, CancelScope& scope) {
  auto pause = sleep_for(time);
  co_await std::move(pause);
  scope.cancel(cancelled("the probe has changed its mind"));
}

void note(const Chunk& chunk, Outcome& outcome) {
  ++outcome.messages;
  outcome.bytes += chunk.data().size();
}

template <class T>
void note_status(const Result<T>& response, Outcome& outcome) {
  if (!response) outcome.status = response.error();
}

}  // namespace

Task<Outcome> Caller::call() {
  Outcome outcome;
  if (flags_.cancel_after_ms) {
    auto calling = call_and_cancel(outcome);
    co_await std::move(calling);
  } else {
    auto calling = call_method(options_for(outcome, nullptr), outcome);
    co_await std::move(calling);
  }
  watch_->complete(outcome);
  co_return outcome;
}

Task<void> Caller::call_and_cancel(Outcome& outcome) {
  CancelScope stop;
  auto calling = call_method(options_for(outcome, &stop), outcome);
  auto cancelling = cancel_after(std::chrono::milliseconds(*flags_.cancel_after_ms), stop);
  auto both = when_all(std::move(calling), std::move(cancelling));
  co_await std::move(both);
}

CallOptions Caller::options_for(const Outcome& outcome, CancelScope* stop) const {
  auto options = flags_.call_options();
  options.cancel_with = stop;
  watch_->mark(options, outcome);
  return options;
}

Task<void> Caller::call_method(CallOptions options, Outcome& outcome) {
  if (flags_.method == "Fail") return fail(std::move(options), outcome);
  if (flags_.method == "Hang") return hang(std::move(options), outcome);
  if (flags_.method == "Flood") return flood(std::move(options), outcome);
  if (flags_.method == "Drain") return drain(std::move(options), outcome);
  if (flags_.method == "Chat") return chat(std::move(options), outcome);
  if (flags_.method == "GetResource") return get_resource(std::move(options), outcome);
  return echo(std::move(options), outcome);
}

Task<void> Caller::echo(CallOptions options, Outcome& outcome) {
  EchoRequest request;
  request.set_data(payload());
  request.set_reply_size(flags_.reply_size);
  auto call = stub_.Echo(request, std::move(options));
  const auto reply = co_await std::move(call);
  note_status(reply, outcome);
  if (!reply) co_return;
  outcome.messages = 1;
  outcome.bytes = reply->data().size();
  outcome.received = reply->received();
  outcome.remaining_ms = reply->remaining_ms();
  outcome.server = reply->server();
}

Task<void> Caller::fail(CallOptions options, Outcome& outcome) {
  FailRequest request;
  request.set_code(flags_.code);
  request.set_message(flags_.message);
  auto call = stub_.Fail(request, std::move(options));
  const auto reply = co_await std::move(call);
  note_status(reply, outcome);
}

Task<void> Caller::hang(CallOptions options, Outcome& outcome) {
  const Nothing request;
  auto call = stub_.Hang(request, std::move(options));
  const auto reply = co_await std::move(call);
  note_status(reply, outcome);
}

Task<void> Caller::flood(CallOptions options, Outcome& outcome) {
  FloodRequest request;
  request.set_message_size(flags_.reply_size);
  request.set_bytes(std::int64_t{flags_.reply_size} * flags_.messages);
  auto responses = stub_.Flood(request, std::move(options));
  while (auto chunk = co_await responses.next()) note(*chunk, outcome);
  outcome.status = co_await responses.finish();
}

Task<void> Caller::drain(CallOptions options, Outcome& outcome) {
  auto requests = stub_.Drain(std::move(options));
  Chunk chunk;
  chunk.set_data(payload());
  for (int left = flags_.messages; left > 0; --left) {
    const bool open = co_await requests.write(chunk);
    if (!open) break;
  }
  auto finish = requests.finish();
  const auto reply = co_await std::move(finish);
  note_status(reply, outcome);
  if (!reply) co_return;
  outcome.messages = static_cast<std::size_t>(reply->messages());
  outcome.received = reply->bytes();
}

Task<void> Caller::get_resource(CallOptions options, Outcome& outcome) {
  myservice::GetResourceRequest request;
  request.set_id("1");
  auto call = example_.GetResource(request, std::move(options));
  const auto reply = co_await std::move(call);
  note_status(reply, outcome);
  if (reply) outcome.messages = 1;
}

/// One message after the other: each is answered before the next is sent.
Task<void> Caller::chat(CallOptions options, Outcome& outcome) {
  auto stream = stub_.Chat(std::move(options));
  Chunk chunk;
  chunk.set_data(payload());
  for (int left = flags_.messages; left > 0; --left) {
    const bool open = co_await stream.write(chunk);
    if (!open) break;
    const auto answer = co_await stream.next();
    if (!answer) break;
    note(*answer, outcome);
  }
  stream.half_close();
  outcome.status = co_await stream.finish();
}

}  // namespace plinth::test

#include "interceptors/metrics_records.h"

#include <chrono>

namespace plinth::interceptors {

namespace {

double seconds(Duration length) noexcept { return std::chrono::duration<double>(length).count(); }

bool streams(const Method& method) noexcept { return method.client_streams() || method.server_streams(); }

/// An attempt may be seen by an interceptor that does not stand around its call.
Attempts& attempts_of(CallContext& call) {
  auto* const attempts = call.find<Attempts>();
  return attempts ? *attempts : call.attach(Attempts());
}

}  // namespace

/// A stream may live for days: its messages count when they pass.
RequestRecord::RequestRecord(RequestInstruments& instruments, CallContext& call)
    : instruments_(instruments), streams_(streams(call.method())) {
  instruments_.in_progress.add(1);
  if (!streams_) return;
  call.observe_messages([&instruments](CallContext::Direction direction, const google::protobuf::MessageLite&) {
    (direction == CallContext::Direction::kSent ? instruments.sent : instruments.received).add();
  });
}

void RequestRecord::end(StatusCode code, double seconds, const Traffic& traffic) {
  instruments_.in_progress.add(-1);
  instruments_.requests(code).add();
  instruments_.duration.observe(seconds);
  if (streams_) return;
  instruments_.received.add(static_cast<double>(traffic.received_messages));
  instruments_.sent.add(static_cast<double>(traffic.sent_messages));
}

StreamRecord::StreamRecord(StreamInstruments& instruments) : instruments_(instruments) { instruments_.started.add(); }

void StreamRecord::end(StatusCode code, double seconds, const Traffic& traffic) {
  auto& end = instruments_.end(code);
  end.duration.observe(seconds);
  end.sent.observe(static_cast<double>(traffic.sent_bytes));
  end.received.observe(static_cast<double>(traffic.received_bytes));
}

ServerRecord::ServerRecord(ServerInstruments& instruments, CallContext& call, TimePoint now)
    : call_(call), begin_(now), request_(instruments.requests, call), stream_(instruments.call) {}

void ServerRecord::end(StatusCode code, TimePoint now) {
  const auto time = seconds(now - begin_);
  const auto traffic = call_.traffic();
  request_.end(code, time, traffic);
  stream_.end(code, time, traffic);
}

ClientRecord::ClientRecord(ClientInstruments& instruments, CallContext& call, TimePoint now)
    : instruments_(instruments),
      call_(call),
      begin_(now),
      request_(instruments.requests, call),
      attempts_(call.attach(Attempts())) {}

void ClientRecord::end(StatusCode code, TimePoint now) {
  const auto time = seconds(now - begin_);
  request_.end(code, time, call_.traffic());
  instruments_.duration(code).observe(time);
  const bool pausing = attempts_.running == 0 && code != StatusCode::kOk;
  if (attempts_.begun > 1) end_retries(attempts_.idle + (pausing ? now - attempts_.idle_since : Duration::zero()));
}

void ClientRecord::end_retries(Duration idle) {
  auto& instruments = instruments_.retries();
  const auto retries = attempts_.begun - 1 - attempts_.hedges - attempts_.transparent;
  if (attempts_.hedges > 0) instruments.hedges.observe(static_cast<double>(attempts_.hedges));
  if (attempts_.transparent > 0) instruments.transparent.observe(static_cast<double>(attempts_.transparent));
  if (retries > 0) instruments.retries.observe(static_cast<double>(retries));
  if (retries > 0) instruments.delay.observe(seconds(idle));
}

AttemptRecord::AttemptRecord(AttemptInstruments& instruments, CallContext& call, TimePoint now)
    : call_(call), begin_(now), stream_(instruments.attempt), attempts_(attempts_of(call)) {
  if (call.as_client()->transparent()) {
    ++attempts_.transparent;
  } else if (attempts_.running > 0) {
    ++attempts_.hedges;
  }
  if (attempts_.running == 0 && attempts_.begun > 0) attempts_.idle += now - attempts_.idle_since;
  ++attempts_.begun;
  ++attempts_.running;
}

void AttemptRecord::end(StatusCode code, TimePoint now) {
  stream_.end(code, seconds(now - begin_), call_.traffic());
  --attempts_.running;
  attempts_.idle_since = now;
}

}  // namespace plinth::interceptors

#include "server/connection.h"

#include <vector>

#include "server/preface.h"

namespace plinth::server {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kPrefaceReadSize = 4 * 1024;
constexpr auto kTimeToGreet = 20s;
constexpr auto kDrainRoundTrip = 1s;
constexpr std::uint64_t kDrainPing = 2;

}  // namespace

Connection::Connection(Shared& shared, Worker& worker, CallPool& pool, std::unique_ptr<net::ByteStream> stream,
                       std::string local)
    : local_(std::move(local)),
      shared_(shared),
      worker_(worker),
      pool_(pool),
      session_(http2::Session::server(shared.session, *this)),
      transport_(worker, std::move(stream), *session_),
      idle_since_(worker.now()) {}

Connection::~Connection() {
  while (!calls_.empty()) delete &calls_.pop_front();
}

Task<void> Connection::run() {
  auto serving = TaskScope::run([this](TaskScope& scope) { return serve(scope); });
  std::exception_ptr failure;
  try {
    co_await std::move(serving);
  } catch (const StatusError&) {
    // The scope's own end: how the timers and the writer are stopped.
  } catch (...) {
    failure = std::current_exception();
  }
  scope_ = nullptr;
  session_->abandon(http2::ErrorCode::kCancel);
  transport_.close();
  while (running_calls_ != 0) co_await calls_changed_.wait();
  if (failure) std::rethrow_exception(failure);
}

Task<void> Connection::serve(TaskScope& scope) {
  scope_ = &scope;
  scope.spawn(close_unless_greeted());
  auto preface = read_preface();
  if (co_await std::move(preface)) {
    greeted_ = true;
    if (shared_.settings.max_connection_age) scope.spawn(limit_age());
    if (shared_.settings.max_connection_idle) scope.spawn(limit_idle());
    call::KeepAlive keep_alive{shared_.settings.keepalive_time, shared_.settings.keepalive_timeout};
    auto moving = transport_.run(scope, std::move(keep_alive), shared_.limits.unsent_frames);
    co_await std::move(moving);
  }
  session_->abandon(http2::ErrorCode::kCancel);
  scope_ = nullptr;
  scope.cancel(cancelled("the connection is closed"));
}

Task<bool> Connection::read_preface() {
  PrefaceCheck check;
  std::vector<std::byte> space(kPrefaceReadSize);
  while (true) {
    auto read = transport_.stream().read_some(space);
    const auto size = co_await std::move(read);
    if (!size || *size == 0) co_return false;
    const auto bytes = base::ByteView(space).first(*size);
    const auto verdict = check.feed(bytes);
    if (verdict == PrefaceCheck::Verdict::kOther) {
      if (check.looks_like_http1()) {
        auto answer = answer_http1();
        co_await std::move(answer);
      }
      co_return false;
    }
    session_->receive(bytes);
    if (verdict == PrefaceCheck::Verdict::kHttp2) co_return true;
  }
}

Task<void> Connection::answer_http1() {
  const auto text = http1_answer();
  const auto piece = base::as_bytes(text);
  auto& stream = transport_.stream();
  auto write = stream.write_all(std::span(&piece, 1));
  co_await std::move(write);
  stream.shut_write();
  // Until the client has read it: closing with bytes unread would take the answer back.
  std::vector<std::byte> space(kPrefaceReadSize);
  for (std::size_t left = 64; left != 0; --left) {
    auto read = stream.read_some(space);
    const auto size = co_await std::move(read);
    if (!size || *size == 0) break;
  }
}

Task<void> Connection::close_unless_greeted() {
  auto patience = sleep_for(kTimeToGreet);
  co_await std::move(patience);
  if (!greeted_) transport_.close();
}

Task<void> Connection::limit_age() {
  auto life = sleep_for(*shared_.settings.max_connection_age);
  co_await std::move(life);
  drain();
  if (!shared_.settings.max_connection_age_grace) co_return;
  auto grace = sleep_for(*shared_.settings.max_connection_age_grace);
  co_await std::move(grace);
  transport_.close();
}

Task<void> Connection::limit_idle() {
  const auto limit = *shared_.settings.max_connection_idle;
  while (running_calls_ != 0 || worker_.now() < idle_since_ + limit) {
    auto quiet = sleep_until(running_calls_ != 0 ? worker_.now() + limit : idle_since_ + limit);
    co_await std::move(quiet);
  }
  drain();
}

void Connection::drain() {
  if (std::exchange(draining_, true) || !scope_) return;
  if (!greeted_) return transport_.close();
  scope_->spawn(go_away());
}

Task<void> Connection::go_away() {
  session_->announce_goaway();
  session_->ping(kDrainPing);
  transport_.flush();
  auto either = when_any(drain_acknowledged(), sleep_for(kDrainRoundTrip));
  co_await std::move(either);
  session_->goaway(http2::ErrorCode::kNoError);
  transport_.flush();
}

Task<void> Connection::drain_acknowledged() { co_await drain_acknowledged_.wait(); }

void Connection::cancel_calls(const Status& status) {
  for (auto& call : calls_) call.fail(status);
}

/// Calls whose streams are gone count until their handlers have returned: resets make no room for more.
http2::StreamVisitor* Connection::on_stream_opened(http2::Stream& stream) {
  if (running_calls_ >= shared_.session.max_concurrent_streams) return nullptr;
  auto* call = pool_.take().release();
  calls_.push_back(*call);
  ++running_calls_;
  tally_.begin(worker_.now());
  call->open(*this, transport_.stream().peer(), stream);
  return call;
}

void Connection::on_goaway(http2::StreamId, http2::ErrorCode, std::string_view) {}

void Connection::on_ping_ack(std::uint64_t opaque) {
  if (opaque == kDrainPing) drain_acknowledged_.set();
}

void Connection::on_call_done(const Status& status, const Traffic& traffic) noexcept {
  tally_.end(status.ok());
  messages_sent_ += traffic.sent_messages;
  messages_received_ += traffic.received_messages;
}

channelz::Socket Connection::inspect() {
  channelz::Socket socket;
  socket.id = id_;
  socket.local = local_;
  socket.remote = transport_.stream().peer().address;
  socket.is_server = true;
  socket.tls_subject = transport_.stream().peer().tls_subject;
  socket.streams = tally_.counts();
  socket.messages_sent = messages_sent_;
  socket.messages_received = messages_received_;
  for (const auto& call : calls_) {
    const auto traffic = call.traffic();
    socket.messages_sent += traffic.sent_messages;
    socket.messages_received += traffic.received_messages;
  }
  socket.keep_alives_sent = transport_.keep_alives_sent();
  socket.local_window = session_->local_window();
  socket.remote_window = session_->remote_window();
  return socket;
}

void Connection::on_call_ended(ServerCall& call) noexcept {
  call.unlink();
  pool_.give_back(std::unique_ptr<ServerCall>(&call));
  if (--running_calls_ == 0) idle_since_ = worker_.now();
  calls_changed_.set();
}

}  // namespace plinth::server

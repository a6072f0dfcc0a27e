#include "client/connection.h"

#include <algorithm>

#include "wire/percent.h"

namespace plinth::client {

using namespace std::chrono_literals;

namespace {

/// How long a server may take to say its first word (gRPC's connection-backoff.md: MIN_CONNECT_TIMEOUT).
constexpr auto kTimeToGreet = 20s;
/// What nghttp2 can send.
constexpr std::size_t kLargestHeaderList = 64 * 1024;
constexpr std::size_t kLongestReason = 256;

}  // namespace

Connection::Connection(Worker& worker, std::unique_ptr<net::ByteStream> stream, const ConnectionOptions& options,
                       Owner& owner)
    : owner_(owner),
      worker_(worker),
      began_(worker.now()),
      keep_alive_(options.keep_alive),
      max_response_fields_(options.session.max_header_list_size),
      session_(http2::Session::client(options.session, *this)),
      transport_(worker, std::move(stream), *session_),
      peer_(std::make_shared<Peer>(transport_.stream().peer())) {
  keep_alive_.wanted = [this] { return session_->open_streams() != 0; };
}

Task<void> Connection::run() {
  auto moving = TaskScope::run([this](TaskScope& scope) { return move(scope); });
  try {
    co_await std::move(moving);
  } catch (const StatusError&) {
    // The scope's own end.
  }
  close(unavailable("the connection to {} is lost: {}", peer_->address, how_lost()));
}

std::string Connection::how_lost() const {
  if (!goaway_.empty()) return goaway_;
  return transport_.problem().empty() ? "the server has closed it" : transport_.problem();
}

Task<void> Connection::move(TaskScope& scope) {
  scope.spawn(expect_settings());
  auto moving = transport_.run(scope, keep_alive_);
  co_await std::move(moving);
  scope.cancel(cancelled("the connection is closed"));
}

Task<void> Connection::expect_settings() {
  auto patience = sleep_for(kTimeToGreet);
  co_await std::move(patience);
  if (!ready_) close(unavailable("{} accepts connections, but does not answer as HTTP/2", peer_->address));
}

http2::Stream* Connection::open(std::span<const base::Field> fields, http2::StreamVisitor& visitor) {
  if (!has_room()) return nullptr;
  auto* stream = session_->open(fields, visitor);
  if (!stream) {
    drain();
    return nullptr;
  }
  tally_.begin(worker_.now());
  if (session_->open_streams() == 1) transport_.on_keep_alive_wanted();
  return stream;
}

channelz::Socket Connection::inspect() const {
  channelz::Socket socket;
  socket.id = id_;
  socket.remote = peer_->address;
  socket.tls_subject = peer_->tls_subject;
  socket.streams = tally_.counts();
  socket.keep_alives_sent = transport_.keep_alives_sent();
  socket.local_window = session_->local_window();
  socket.remote_window = session_->remote_window();
  return socket;
}

std::size_t Connection::max_header_list() const noexcept {
  return std::min(session_->peer_max_header_list(), kLargestHeaderList);
}

void Connection::drain() {
  stop_taking();
  end_if_unused();
}

void Connection::close(Status why) {
  lose(std::move(why));
  transport_.close();
}

void Connection::lose(Status why) {
  if (!lost_.ok()) return;
  lost_ = std::move(why);
  stop_taking();
  session_->abandon(http2::ErrorCode::kCancel);
}

void Connection::on_failed(std::string_view why) {
  failure_ = unavailable("{} does not speak HTTP/2 as it should: {}", peer_->address,
                         wire::percent_encode(why.substr(0, kLongestReason)));
  worker_.when_ready(failed_);
}

/// Its streams end at once. The connection itself stays for as long as the server needs to read why, unless somebody
/// waits for it to become ready.
void Connection::tell_failure() { ready_ ? lose(std::move(failure_)) : close(std::move(failure_)); }

void Connection::stop_taking() {
  if (std::exchange(draining_, true)) return;
  owner_.on_draining(*this);
}

void Connection::end_if_unused() {
  if (!draining_ || session_->open_streams() != 0) return;
  session_->goaway(http2::ErrorCode::kNoError);
  transport_.flush();
}

void Connection::on_goaway(http2::StreamId, http2::ErrorCode code, std::string_view text) {
  goaway_received_ = true;
  if (code != http2::ErrorCode::kNoError) {
    goaway_ = fmt::format("the server said GOAWAY {} {}", static_cast<std::uint32_t>(code),
                          wire::percent_encode(text.substr(0, kLongestReason)));
  }
  pings_too_often_ = code == http2::ErrorCode::kEnhanceYourCalm && text == "too_many_pings";
  drain();
}

void Connection::on_settings() {
  const bool first = !std::exchange(ready_, true);
  if (draining_) return;
  first ? owner_.on_ready(*this) : owner_.on_room();
}

void Connection::on_stream_closed() {
  if (!lost_.ok()) return;
  end_if_unused();
  owner_.on_room();
}

}  // namespace plinth::client

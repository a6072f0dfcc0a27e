#include "admin/port.h"

#include "admin/http_session.h"

namespace plinth::admin {

using namespace std::chrono_literals;

namespace {

constexpr auto kPauseAfterFailedAccept = 50ms;
/// How long a client may say nothing. In a crowd of them probes must find a place, too.
constexpr Duration kSilence = 60s;
constexpr Duration kSilenceInACrowd = 1s;
/// Connections that are being told that there is no place.
constexpr std::size_t kMostRefused = 64;

}  // namespace

Status Port::start(const std::string& host, std::uint16_t port) {
  auto listener = net::Listener::open(worker_, host, port);
  if (!listener) return std::move(listener).error();
  listener_ = std::move(*listener);
  worker_.post([this] {
    scope_.reset();
    group_.adopt(accept_loop());
  });
  return {};
}

void Port::stop() {
  if (!listener_) return;
  sync_wait(worker_, end());
  listener_.reset();
}

Task<void> Port::end() {
  listener_->close();
  scope_.cancel(cancelled("the port is closed"));
  auto all = group_.wait();
  co_await std::move(all);
}

Task<void> Port::accept_loop() {
  while (true) {
    auto accepting = listener_->accept([this]() -> Worker& { return worker_; });
    auto socket = co_await std::move(accepting);
    if (socket) {
      group_.adopt(serve(std::move(*socket)));
    } else {
      auto pause = sleep_for(kPauseAfterFailedAccept);
      co_await std::move(pause);
    }
  }
}

Task<void> Port::serve(net::Socket socket) {
  auto stream = net::make_socket_stream(std::move(socket));
  if (connections_ >= kMostConnections + kMostRefused) co_return;
  const auto silence = ++connections_ > kMostConnections / 2 ? kSilenceInACrowd : kSilence;
  auto serving = connections_ > kMostConnections ? refuse_http(*stream) : serve_http(*stream, site_, silence);
  co_await std::move(serving);
  --connections_;
}

}  // namespace plinth::admin

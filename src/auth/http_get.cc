#include "auth/http_get.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "base/bytes.h"
#include "net/dialer.h"
#include "net/dns.h"
#include "net/socket.h"
#include "net/tls_client.h"
#include "plinth/async.h"

namespace plinth::auth {

namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kMaxHeaderSize = 16 * 1024;

/// Collects an answer from pieces of any size.
class Answer {
 public:
  explicit Answer(std::size_t max_size) {
    parser_.header_limit(kMaxHeaderSize);
    parser_.body_limit(max_size);
    parser_.eager(true);
  }

  bool is_done() const { return parser_.is_done(); }

  /// OK as long as it is an answer so far.
  Status add(std::string_view piece) {
    unread_ += piece;
    boost::system::error_code error;
    const auto used = parser_.put(boost::asio::buffer(unread_), error);
    unread_.erase(0, used);
    return error == http::error::need_more ? Status() : status_of(error);
  }
  /// The server has sent its last.
  Status end() {
    if (!parser_.got_some()) return unavailable("the server has closed the connection without an answer");
    boost::system::error_code error;
    parser_.put_eof(error);
    return status_of(error);
  }

  Result<std::string> take() {
    const auto& answer = parser_.get();
    if (answer.result() == http::status::ok) return std::move(parser_.get().body());
    return std::unexpected(unavailable("the server answers with HTTP status {}", answer.result_int()));
  }

 private:
  static Status status_of(const boost::system::error_code& error) {
    if (error) return unavailable("the server's answer is no good: {}", error.message());
    return {};
  }

  http::response_parser<http::string_body> parser_;
  std::string unread_;
};

/// An address that nobody answers from leaves time for the next one.
constexpr Duration kPatience = std::chrono::seconds(2);

Task<std::expected<net::Socket, std::error_code>> connect_soon(net::Endpoint endpoint) {
  try {
    auto connecting = with_timeout(kPatience, net::connect(std::move(endpoint)));
    co_return co_await std::move(connecting);
  } catch (const StatusError&) {  // or cancelled: then the next await says so
  }
  co_return std::unexpected(std::make_error_code(std::errc::timed_out));
}

Task<Result<net::Socket>> dial(const HttpUrl& url) {
  auto resolving = net::resolve_host(url.host, url.port);
  const auto endpoints = co_await std::move(resolving);
  if (!endpoints) co_return endpoints.error();
  std::error_code last;
  for (const auto& endpoint : *endpoints) {
    auto connecting = connect_soon(endpoint);
    auto socket = co_await std::move(connecting);
    if (socket) co_return std::move(*socket);
    last = socket.error();
  }
  co_return unavailable("cannot connect to {}: {}", url.authority, last.message());
}

}  // namespace

Task<Result<std::string>> HttpClient::get(const HttpUrl& url) const {
  auto connecting = connect(url);
  const auto stream = co_await std::move(connecting);
  if (!stream) co_return stream.error();
  auto getting = get_over(**stream, url);
  co_return co_await std::move(getting);
}

Task<Result<std::unique_ptr<net::ByteStream>>> HttpClient::connect(const HttpUrl& url) const {
  auto dialing = dial(url);
  auto socket = co_await std::move(dialing);
  if (!socket) co_return socket.error();
  if (!url.secure) co_return net::make_socket_stream(std::move(*socket));
  auto shaking = tls_->connect(std::move(*socket), url.host);
  co_return co_await std::move(shaking);
}

Task<Result<std::string>> HttpClient::get_over(net::ByteStream& stream, const HttpUrl& url) const {
  const auto request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nUser-Agent: plinth\r\nConnection: close\r\n\r\n",
      url.target, url.authority);
  const auto piece = base::as_bytes(request);
  auto writing = stream.write_all(std::span(&piece, 1));
  if (const auto error = co_await std::move(writing)) co_return unavailable("cannot ask: {}", error.message());
  Answer answer(max_size_);
  std::array<std::byte, 4096> space;
  while (!answer.is_done()) {
    auto reading = stream.read_some(space);
    const auto size = co_await std::move(reading);
    if (!size) co_return unavailable("the connection has broken: {}", size.error().message());
    auto status = *size == 0 ? answer.end() : answer.add(base::as_text(std::span(space).first(*size)));
    if (!status.ok()) co_return status;
    if (*size == 0) break;
  }
  co_return answer.take();
}

}  // namespace plinth::auth

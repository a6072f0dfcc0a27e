#include "net/listener.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>

#include "net/endpoint.h"
#include "plinth/asio.h"

namespace plinth::net {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Result<Endpoint::Generic> resolve(asio::io_context& context, const std::string& host, std::uint16_t port) {
  asio::ip::tcp::resolver resolver(context);
  ErrorCode error;
  const auto flags = asio::ip::resolver_base::passive | asio::ip::resolver_base::numeric_service;
  const auto found = resolver.resolve(host, std::to_string(port), flags, error);
  if (error || found.empty()) {
    return std::unexpected(invalid_argument("cannot listen on host '{}': {}", host, error.message()));
  }
  return Endpoint::Generic(found.begin()->endpoint());
}

/// Removes a socket file that a dead process has left: nobody answers there. Whatever else has that name stays.
void remove_stale_file(asio::io_context& context, const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return;
  asio::local::stream_protocol::socket probe(context);
  ErrorCode error;
  probe.open(asio::local::stream_protocol(), error);
  probe.non_blocking(true, error);
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

template <class Acceptor>
ErrorCode bind(Acceptor& acceptor, const Endpoint::Generic& endpoint, bool reuse) {
  ErrorCode error;
  if (acceptor.open(endpoint.protocol(), error)) return error;
  if (reuse && acceptor.set_option(asio::socket_base::reuse_address(true), error)) return error;
  if (acceptor.bind(endpoint, error)) return error;
  if (acceptor.listen(asio::socket_base::max_listen_connections, error)) return error;
  // Else the accept itself waits for the next client when one has gone meanwhile.
  if (acceptor.set_option(asio::socket_base::enable_connection_aborted(true), error)) return error;
  acceptor.non_blocking(true, error);
  return error;
}

template <class Acceptor>
std::string tcp_address(const Acceptor& acceptor) {
  const auto bound = acceptor.local_endpoint();
  asio::ip::tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), bound.data(), bound.size());
  endpoint.resize(bound.size());
  const auto host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Worker& worker, const std::string& host, std::uint16_t port) {
  auto& context = worker.io_context();
  const bool is_unix = host.starts_with(kUnixPrefix);
  const std::string path = is_unix ? host.substr(kUnixPrefix.size()) : std::string();
  if (is_unix && (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))) {
    return std::unexpected(invalid_argument("cannot listen on '{}': a socket's path has 1 to 107 characters", host));
  }
  if (is_unix) remove_stale_file(context, path);
  auto endpoint = is_unix ? Result<Endpoint::Generic>(Endpoint::Generic(asio::local::stream_protocol::endpoint(path)))
                          : resolve(context, host, port);
  if (!endpoint) return std::unexpected(std::move(endpoint).error());
  Acceptor acceptor(context);
  if (const auto error = bind(acceptor, *endpoint, !is_unix)) {
    return std::unexpected(
        unavailable("cannot listen on {}: {}", is_unix ? host : fmt::format("{}:{}", host, port), error.message()));
  }
  auto address = is_unix ? host : tcp_address(acceptor);
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), std::move(address), path));
}

Listener::Listener(Acceptor acceptor, std::string address, std::string socket_file)
    : acceptor_(std::move(acceptor)), address_(std::move(address)), socket_file_(std::move(socket_file)) {}

Listener::~Listener() { close(); }

Task<std::expected<Socket, std::error_code>> Listener::accept(std::move_only_function<Worker&()> choose) {
  auto waiting = acceptor_.async_wait(Acceptor::wait_read, asio::deferred);
  auto [error] = co_await std::move(waiting);
  if (error) co_return std::unexpected(std::error_code(error));
  Socket socket(choose().io_context());
  ErrorCode failure;
  acceptor_.accept(socket, failure);
  if (failure) co_return std::unexpected(std::error_code(failure));
  if (socket_file_.empty()) {
    ErrorCode ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  co_return std::move(socket);
}

void Listener::close() noexcept {
  if (!acceptor_.is_open()) return;
  ErrorCode ignored;
  acceptor_.close(ignored);
  if (!socket_file_.empty()) ::unlink(socket_file_.c_str());
}

}  // namespace plinth::net

#include "server/connection_pool.h"

#include "net/endpoint.h"

namespace plinth::server {

using namespace std::chrono_literals;

namespace {
constexpr auto kHandshakeTime = 20s;

std::string local_address(const net::Socket& socket) {
  boost::system::error_code error;
  const auto bound = socket.local_endpoint(error);
  const auto endpoint = error ? std::nullopt : net::Endpoint::from(bound);
  return endpoint ? endpoint->to_string() : std::string();
}
}  // namespace

void ConnectionPool::add(net::Socket socket) {
  size_.fetch_add(1, std::memory_order_relaxed);
  worker_.post([this, socket = std::move(socket)]() mutable { handshakes_.adopt(counted(serve(std::move(socket)))); });
}

void ConnectionPool::add(std::unique_ptr<net::ByteStream> stream, std::string local) {
  size_.fetch_add(1, std::memory_order_relaxed);
  group_.adopt(counted(serve(std::move(stream), std::move(local))));
}

ConnectionPool::View ConnectionPool::inspect() {
  View view;
  view.calls = ended_;
  for (auto& connection : connections_) {
    view.calls = call::sum(view.calls, connection.counts());
    auto socket = connection.inspect();
    socket.secure = tls_ != nullptr;
    view.sockets.push_back(std::move(socket));
  }
  return view;
}

void ConnectionPool::drain() {
  draining_ = true;
  handshake_scope_.cancel(unavailable("the server is shutting down"));
  for (auto& connection : connections_) connection.drain();
}

void ConnectionPool::cancel_calls(const Status& status) {
  for (auto& connection : connections_) connection.cancel_calls(status);
}

void ConnectionPool::close() {
  for (auto& connection : connections_) connection.close();
}

Task<void> ConnectionPool::counted(Task<void> serving) {
  try {
    co_await std::move(serving);
  } catch (const std::exception& error) {
    shared_.logger->error("grpc_connection_failed", {{"error", error.what()}});
  } catch (...) {
    shared_.logger->error("grpc_connection_failed", {{"error", "something that is no std::exception"}});
  }
  size_.fetch_sub(1, std::memory_order_relaxed);
  changed_();
}

Task<void> ConnectionPool::serve(net::Socket socket) {
  auto local = local_address(socket);
  auto establishing = establish(std::move(socket));
  auto stream = co_await std::move(establishing);
  if (stream) add(std::move(stream), std::move(local));
}

Task<void> ConnectionPool::serve(std::unique_ptr<net::ByteStream> stream, std::string local) {
  if (draining_) co_return stream->close();
  Connection connection(shared_, worker_, calls_, std::move(stream), std::move(local));
  connections_.push_back(connection);
  auto running = connection.run();
  co_await std::move(running);
  ended_ = call::sum(ended_, connection.counts());
}

Task<std::unique_ptr<net::ByteStream>> ConnectionPool::establish(net::Socket socket) {
  if (!tls_) co_return net::make_socket_stream(std::move(socket));
  const auto address = net::peer_address(socket);
  std::string reason;
  try {
    auto handshake = with_timeout(kHandshakeTime, tls_->accept(std::move(socket)));
    auto stream = co_await std::move(handshake);
    if (stream) co_return std::move(*stream);
    reason = stream.error().message();
  } catch (const StatusError& error) {
    reason = error.what();
  }
  shared_.logger->warning("grpc_tls_handshake_failed", {{"peer", address}, {"error", reason}});
  co_return nullptr;
}

}  // namespace plinth::server

#include "net/socket.h"

#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <vector>

#include "net/endpoint.h"
#include "plinth/asio.h"

namespace plinth::net {

namespace asio = boost::asio;

namespace {

class SocketStream final : public ByteStream {
 public:
  explicit SocketStream(Socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    peer_ = peer_of(socket_);
  }

  Task<IoResult> read_some(std::span<std::byte> space) override {
    auto operation = socket_.async_read_some(asio::buffer(space.data(), space.size()), asio::deferred);
    auto [error, size] = co_await std::move(operation);
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) co_return std::unexpected(std::error_code(error));
    co_return size;
  }

  Task<std::error_code> write_all(std::span<const base::ByteView> pieces) override {
    buffers_.clear();
    std::size_t total = 0;
    for (const auto piece : pieces) {
      buffers_.emplace_back(piece.data(), piece.size());
      total += piece.size();
    }
    boost::system::error_code error;
    const auto sent = socket_.write_some(buffers_, error);
    if (error && error != asio::error::would_block) co_return error;
    if (!error && sent == total) co_return std::error_code();
    skip(sent);
    auto operation = asio::async_write(socket_, buffers_, asio::deferred);
    auto [late_error, size] = co_await std::move(operation);
    co_return late_error;
  }

  void shut_write() noexcept override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  void close() noexcept override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  const Peer& peer() const noexcept override { return peer_; }

 private:
  void skip(std::size_t size) {
    auto piece = buffers_.begin();
    for (; piece != buffers_.end() && size >= piece->size(); ++piece) size -= piece->size();
    buffers_.erase(buffers_.begin(), piece);
    if (size != 0) buffers_.front() += size;
  }

  Socket socket_;
  Peer peer_;
  std::vector<asio::const_buffer> buffers_;
};

std::optional<UnixCredentials> unix_credentials_of(Socket& socket) {
  boost::system::error_code error;
  const auto local = socket.local_endpoint(error);
  if (error || local.protocol().family() != AF_UNIX) return std::nullopt;
  ucred found{};
  socklen_t size = sizeof found;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return std::nullopt;
  return UnixCredentials{.uid = found.uid, .gid = found.gid, .pid = found.pid};
}

}  // namespace

std::string peer_address(const Socket& socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  const auto endpoint = error ? std::nullopt : Endpoint::from(remote);
  return endpoint ? endpoint->to_string() : "unknown:";
}

Peer peer_of(Socket& socket) {
  return {.address = peer_address(socket), .tls_subject = {}, .unix_credentials = unix_credentials_of(socket)};
}

std::unique_ptr<ByteStream> make_socket_stream(Socket socket) {
  return std::make_unique<SocketStream>(std::move(socket));
}

}  // namespace plinth::net

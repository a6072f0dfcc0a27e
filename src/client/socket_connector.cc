#include "client/socket_connector.h"

#include "net/dialer.h"

namespace plinth::client {

namespace {

class SocketConnector final : public Connector {
 public:
  SocketConnector(std::shared_ptr<net::TlsClient> tls, std::string server_name)
      : tls_(std::move(tls)), server_name_(std::move(server_name)) {}

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(std::string address) override {
    const auto endpoint = net::Endpoint::parse(address);
    if (!endpoint) co_return endpoint.error();
    auto connecting = net::connect(*endpoint);
    auto socket = co_await std::move(connecting);
    if (!socket) co_return unavailable("cannot connect to {}: {}", address, socket.error().message());
    if (!tls_) co_return net::make_socket_stream(std::move(*socket));
    auto securing = tls_->connect(std::move(*socket), server_name_);
    co_return co_await std::move(securing);
  }

  bool secure() const noexcept override { return tls_ != nullptr; }

 private:
  std::shared_ptr<net::TlsClient> tls_;
  std::string server_name_;
};

}  // namespace

std::shared_ptr<Connector> make_socket_connector(std::shared_ptr<net::TlsClient> tls, std::string server_name) {
  return std::make_shared<SocketConnector>(std::move(tls), std::move(server_name));
}

}  // namespace plinth::client

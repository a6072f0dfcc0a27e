#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/socket.h"
#include "plinth/runtime.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::net {

/// A bound, listening socket: TCP, or Unix when the host is "unix:/path".
class Listener {
 public:
  /// Binds and listens. UNAVAILABLE with address and reason when the port is taken, INVALID_ARGUMENT when the host is
  /// no address of this machine. Port 0 takes any that is free. A Unix socket that nobody listens on is replaced.
  static Result<std::unique_ptr<Listener>> open(Worker& worker, const std::string& host, std::uint16_t port);
  ~Listener();

  /// Awaits a connection. `choose` is asked once there is one: the socket belongs to the loop of that worker.
  Task<std::expected<Socket, std::error_code>> accept(std::move_only_function<Worker&()> choose);

  void close() noexcept;

  /// "127.0.0.1:50051", "[::1]:50051" or "unix:/path", with the port that was really taken.
  const std::string& address() const noexcept { return address_; }

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

  Listener(Acceptor acceptor, std::string address, std::string socket_file);

  Acceptor acceptor_;
  std::string address_;
  std::string socket_file_;
};

}  // namespace plinth::net

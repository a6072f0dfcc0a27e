#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "net/socket.h"
#include "net/tls_server.h"
#include "plinth/async.h"
#include "server/connection.h"

namespace plinth::server {

/// The connections of one worker. Except for `add`, `size` and `calls`, on that worker only.
class ConnectionPool {
 public:
  /// `tls` may be null. `changed` is called, on the worker, whenever a connection has ended.
  ConnectionPool(Shared& shared, Worker& worker, net::TlsServer* tls, std::function<void()> changed)
      : shared_(shared), worker_(worker), tls_(tls), changed_(std::move(changed)) {}

  /// Serves a connection. From any thread; the socket must belong to the worker's loop.
  void add(net::Socket socket);
  /// The same for bytes from anywhere. On the worker.
  void add(std::unique_ptr<net::ByteStream> stream, std::string local = {});

  /// Connections there are, those that are about to be counted in. From any thread.
  std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  /// Calls that run. From any thread.
  std::size_t calls() const noexcept { return calls_.in_use(); }
  Worker& worker() const noexcept { return worker_; }

  /// Its connections, and the calls of those and of all that it has had.
  struct View {
    channelz::Counts calls;
    std::vector<channelz::Socket> sockets;
  };
  View inspect();

  void drain();
  void cancel_calls(const Status& status);
  void close();

 private:
  Task<void> serve(net::Socket socket);
  Task<void> serve(std::unique_ptr<net::ByteStream> stream, std::string local);
  Task<std::unique_ptr<net::ByteStream>> establish(net::Socket socket);
  Task<void> counted(Task<void> serving);

  Shared& shared_;
  Worker& worker_;
  net::TlsServer* tls_;
  std::function<void()> changed_;
  std::atomic<std::size_t> size_ = 0;
  bool draining_ = false;
  CallPool calls_{shared_, worker_};
  detail::List<Connection> connections_;
  /// Those of connections that are gone.
  channelz::Counts ended_;
  CancelScope scope_;
  detail::Group group_{scope_};
  CancelScope handshake_scope_;
  detail::Group handshakes_{handshake_scope_};
};

}  // namespace plinth::server

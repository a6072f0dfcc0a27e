#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "async/entity_id.h"
#include "net/listener.h"
#include "net/tls_server.h"
#include "plinth/channelz.h"
#include "plinth/runtime.h"
#include "server/connection_pool.h"
#include "server/shared.h"

namespace plinth::server {

/// Listens, spreads connections over the workers of a runtime, and stops in order. Its functions are called from one
/// thread that is no worker's.
class Server {
 public:
  /// `runtime` must outlive the server.
  Server(ServerSettings settings, Runtime& runtime, std::shared_ptr<Logger> logger);
  ~Server();

  /// Before `start`: what it serves, and what stands around its calls.
  Shared& shared() noexcept { return shared_; }

  /// Binds and begins to accept. The Status of net::Listener::open or net::TlsServer::load when that cannot be done.
  Status start();

  /// Takes no more connections and calls; waits up to `grace` for those that run, then cancels them and closes.
  void stop(Duration grace);

  /// Where it listens; empty before `start`.
  std::string address() const { return listener_ ? listener_->address() : std::string(); }

  /// From any thread.
  struct Load {
    std::size_t connections = 0;
    std::size_t calls = 0;
  };
  Load load() const;
  /// Asks the workers. From any of them, for as long as this lives.
  Task<channelz::Server> inspect() const;

 private:
  Task<void> accept_loop();
  ConnectionPool& least_loaded() noexcept;
  void on_each_worker(void (*action)(ConnectionPool&));
  bool wait_until_empty(Duration patience);
  void wait_for_handlers();
  std::size_t connections() const noexcept;
  void drop_pools();
  void stop_listening();

  const std::int64_t id_ = next_entity_id();
  Shared shared_;
  Runtime& runtime_;
  std::unique_ptr<net::TlsServer> tls_;
  std::unique_ptr<net::Listener> listener_;
  /// Changed with the lock held.
  std::vector<std::shared_ptr<ConnectionPool>> pools_;
  channelz::Socket listen_socket_;
  CancelScope accept_scope_;
  detail::Group accepting_{accept_scope_};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace plinth::server

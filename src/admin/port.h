#pragma once

#include <memory>
#include <string>

#include "admin/site.h"
#include "net/listener.h"
#include "plinth/async.h"

namespace plinth::admin {

/// Listens, and serves a site to at most kMostConnections at the same time; the next is told to come again. All of it
/// is on one worker. `start` and `stop` are for a thread that is no worker's.
class Port {
 public:
  static constexpr std::size_t kMostConnections = 64;

  Port(Worker& worker, const Site& site) : worker_(worker), site_(site) {}
  ~Port() { stop(); }

  /// The Status of net::Listener::open when it cannot listen there.
  Status start(const std::string& host, std::uint16_t port);

  /// Returns when no connection is left. When it does not listen: nothing.
  void stop();

  /// "127.0.0.1:9464"; empty before `start`.
  std::string address() const { return listener_ ? listener_->address() : std::string(); }

 private:
  Task<void> accept_loop();
  Task<void> serve(net::Socket socket);
  Task<void> end();

  Worker& worker_;
  const Site& site_;
  std::unique_ptr<net::Listener> listener_;
  std::size_t connections_ = 0;
  CancelScope scope_;
  detail::Group group_{scope_};
};

}  // namespace plinth::admin

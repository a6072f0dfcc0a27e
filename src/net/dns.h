#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/endpoint.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::net {

/// Turns the names of hosts into addresses, off the loop. All workers may use one at the same time.
///
/// A lookup cannot be stopped: who gives up on it leaves it behind, and it ends by itself. So that those that hang do
/// not take all of the threads for blocking code, only a few run at the same time, the others wait for one of them,
/// and all who want the same name share one.
class HostResolver {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;
  /// The addresses, best first (RFC 6724), or why there are none. Blocks. Called from several threads.
  using LookUp = std::function<std::expected<Addresses, std::string>(const std::string& host)>;

  static constexpr std::size_t kLookUpsAtOnce = 4;

  explicit HostResolver(LookUp look_up, std::size_t at_once = kLookUpsAtOnce);

  /// The addresses of `host` in the order in which to try them: the families take turns (RFC 8305, section 4). An
  /// address in place of a name is its own answer. UNAVAILABLE, with the name and the reason, when there is none.
  /// Ends at once when the scope is cancelled. The worker needs an offload pool; stopping that waits for lookups.
  Task<Result<std::vector<Endpoint>>> resolve(std::string host, std::uint16_t port);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The same with getaddrinfo, for the whole program: /etc/hosts, DNS and what else the system is set up for.
Task<Result<std::vector<Endpoint>>> resolve_host(std::string host, std::uint16_t port);

}  // namespace plinth::net

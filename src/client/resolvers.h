#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/name_resolver.h"

namespace plinth::client {

/// Always the same addresses.
std::shared_ptr<NameResolver> make_static_resolver(std::vector<std::string> addresses);

/// When names are looked up again.
struct DnsTimes {
  /// Without a reason: so that backends which have come are used within seconds.
  Duration poll = std::chrono::seconds(5);
  /// At the earliest after the last time, whatever the reason.
  Duration pause = std::chrono::seconds(1);
};
/// Gives the addresses of a host, as a Resolution has them.
using LookUp = std::function<Task<Result<std::vector<std::string>>>(std::string host, std::uint16_t port)>;

/// Names of hosts: A and AAAA records.
std::shared_ptr<NameResolver> make_dns_resolver(LookUp look_up, DnsTimes times = {});

}  // namespace plinth::client

#pragma once

#include <string_view>

#include "plinth/name_resolver.h"
#include "plinth/status.h"

namespace plinth::client {

/// Reads what a user calls a target (gRPC's naming.md): "scheme:endpoint", "scheme://authority/endpoint", or an
/// endpoint alone, which is a name for DNS. INVALID_ARGUMENT with what is wrong and what would be right.
Result<Target> parse_target(std::string_view text);

/// What servers are asked for under this target: the host and port of a name, "localhost" for a socket file.
std::string default_authority(const Target& target);

/// "host:port", "[::1]:port" or "host", whose port is 443 then. INVALID_ARGUMENT when it is none of these.
struct HostPort {
  std::string host;
  std::uint16_t port;
};
Result<HostPort> parse_host_port(std::string_view text);

}  // namespace plinth::client

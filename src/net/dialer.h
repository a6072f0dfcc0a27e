#pragma once

#include <expected>
#include <functional>
#include <system_error>
#include <vector>

#include "net/endpoint.h"
#include "net/socket.h"
#include "plinth/deadline.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::net {

/// Connects, on the current worker. The socket sends small writes at once. An address that nobody answers from is
/// waited for as long as the system likes, minutes: give it a timeout.
Task<std::expected<Socket, std::error_code>> connect(Endpoint endpoint);

/// A connection, and with whom.
struct Connected {
  Endpoint endpoint;
  Socket socket;
};

using Connect = std::function<Task<std::expected<Socket, std::error_code>>(Endpoint)>;

/// How long an attempt is alone before the next one joins it (RFC 8305, section 8).
inline constexpr Duration kConnectionAttemptDelay = std::chrono::milliseconds(250);

/// Connects to one of several addresses of the same service by Happy Eyeballs (RFC 8305, section 5; gRFC A61): they are
/// tried in their order, each as soon as the one before it has failed, or has not answered for the delay. The first
/// that answers wins and the other attempts are cancelled. UNAVAILABLE, with every address and its reason, when none
/// does. On the current worker; `connect` makes one attempt, and must end when it is cancelled.
Task<Result<Connected>> connect_any(std::vector<Endpoint> endpoints, Connect connect = &net::connect);

}  // namespace plinth::net

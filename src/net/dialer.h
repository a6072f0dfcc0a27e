#pragma once

#include <expected>
#include <system_error>

#include "net/endpoint.h"
#include "net/socket.h"
#include "plinth/task.h"

namespace plinth::net {

/// Connects, on the current worker. The socket sends small writes at once. An address that nobody answers from is
/// waited for as long as the system likes, minutes: give it a timeout.
Task<std::expected<Socket, std::error_code>> connect(Endpoint endpoint);

}  // namespace plinth::net

#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "http2/session.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/server_settings.h"
#include "server/method_table.h"

namespace plinth::server {

/// What one connection may make the server keep. Far above what a client that reads its answers comes to.
struct ConnectionLimits {
  /// Bytes of requests that no handler has taken yet; a call that brings more ends with RESOURCE_EXHAUSTED.
  std::size_t unread_requests = 256 * 1024 * 1024;
  /// Bytes of responses that the client has left no room for; above it more calls end with RESOURCE_EXHAUSTED.
  std::size_t unsent_responses = 256 * 1024 * 1024;
  /// Answers to frames (resets, acknowledgements, heads) that the network has not taken; above it nothing more is read.
  std::size_t unsent_frames = 10'000;
};

/// What all connections of a server share. Set up before it starts; after that only the counters change.
struct Shared {
  ServerSettings settings;
  http2::SessionOptions session;
  ConnectionLimits limits;
  std::shared_ptr<Logger> logger;
  MethodTable methods;
  std::vector<std::shared_ptr<Interceptor>> interceptors;

  /// Of the status of a call above the limit: when to try again, as google.rpc.Status.
  std::string over_limit_details;
  /// Calls that run now, on all workers; kept only when there is a limit.
  std::atomic<std::size_t> limited_calls = 0;
};

}  // namespace plinth::server

#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "http2/session.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/server_settings.h"
#include "server/method_table.h"

namespace plinth::server {

/// What all connections of a server share. Set up before it starts; after that only the counters change.
struct Shared {
  ServerSettings settings;
  http2::SessionOptions session;
  std::shared_ptr<Logger> logger;
  MethodTable methods;
  std::vector<std::shared_ptr<Interceptor>> interceptors;

  /// Calls that run now, on all workers; kept only when there is a limit.
  std::atomic<std::size_t> limited_calls = 0;
};

}  // namespace plinth::server

#pragma once

#include "admin/page.h"
#include "plinth/server.h"

namespace plinth::admin {

/// /healthz: how the health service answers for the whole server.
Answer health_page(const ServerStats& server);

/// /readyz: whether new calls are welcome: it serves, is not stopping, and is healthy.
Answer ready_page(const ServerStats& server);

/// A turn that has taken this long will not end: no handler may hold its worker so.
constexpr auto kStuckAfter = std::chrono::seconds(30);

/// /livez: whether every worker's loop turns.
Answer live_page(const RuntimeStats& runtime);

}  // namespace plinth::admin

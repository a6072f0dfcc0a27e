#pragma once

#include <memory>

#include "plinth/metrics.h"
#include "plinth/server.h"

namespace plinth::admin {

/// Before each reading of `metrics`, for as long as what this gives lives, sets the gauges of the server and its
/// runtime:
///
///     plinth_server_connections, plinth_server_streams
///     plinth_worker_loop_lag_seconds{worker}
///     plinth_offload_queue_length, plinth_offload_threads_busy
std::shared_ptr<void> show_gauges(Metrics& metrics, const GrpcServer& server);

}  // namespace plinth::admin

#include "admin/gauges.h"

#include <string>
#include <vector>

namespace plinth::admin {

namespace {

class Gauges {
 public:
  Gauges(Metrics& metrics, const GrpcServer& server)
      : server_(server),
        connections_(metrics.gauge("plinth_server_connections", "Connections of clients.")),
        streams_(metrics.gauge("plinth_server_streams", "Calls that run.")),
        queued_(metrics.gauge("plinth_offload_queue_length", "Blocking jobs that wait for a thread.")),
        busy_(metrics.gauge("plinth_offload_threads_busy", "Threads that run blocking jobs.")) {
    for (std::size_t index = 0; index < server.runtime().size(); ++index) {
      lags_.push_back(&metrics.gauge("plinth_worker_loop_lag_seconds",
                                     "The longest turn of the worker's loop in the last 15 to 30 seconds.",
                                     {{"worker", std::to_string(index)}}));
    }
  }

  void update() const {
    const auto server = server_.stats();
    connections_.set(static_cast<double>(server.connections));
    streams_.set(static_cast<double>(server.streams));
    const auto runtime = server_.runtime().stats();
    queued_.set(static_cast<double>(runtime.offload_queued));
    busy_.set(static_cast<double>(runtime.offload_busy));
    for (std::size_t index = 0; index < lags_.size(); ++index) {
      lags_[index]->set(std::chrono::duration<double>(runtime.loop_lags[index]).count());
    }
  }

 private:
  const GrpcServer& server_;
  Gauge& connections_;
  Gauge& streams_;
  Gauge& queued_;
  Gauge& busy_;
  std::vector<Gauge*> lags_;
};

}  // namespace

std::shared_ptr<void> show_gauges(Metrics& metrics, const GrpcServer& server) {
  return metrics.before_reading([gauges = Gauges(metrics, server)] { gauges.update(); });
}

}  // namespace plinth::admin

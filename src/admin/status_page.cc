#include "admin/status_page.h"

#include <nlohmann/json.hpp>

#include "telemetry/log_time.h"

namespace plinth::admin {

namespace {

/// Keeps the fields in the order in which they are written here.
using Json = nlohmann::ordered_json;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string to_text(std::chrono::system_clock::time_point time) {
  fmt::memory_buffer text;
  telemetry::append_timestamp(text, time);
  return fmt::to_string(text);
}

/// A peer may have sent some of it: what is no UTF-8 is replaced.
std::string to_text(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json quantiles(const LatencyHistogram& latency) {
  return {{"p50", seconds(latency.quantile(0.5))},
          {"p90", seconds(latency.quantile(0.9))},
          {"p99", seconds(latency.quantile(0.99))},
          {"max", seconds(latency.longest())}};
}

Json by_status(const MethodStats& stats) {
  Json counts = Json::object();
  for (std::size_t code = 0; code < MethodStats::kCodes; ++code) {
    if (stats.by_status[code] == 0) continue;
    counts[std::string(to_string(static_cast<StatusCode>(code)))] = stats.by_status[code];
  }
  return counts;
}

Json methods(const WorkerCallStats::Methods& all) {
  Json list = Json::array();
  for (const auto& [method, stats] : std::map(all.begin(), all.end())) {
    list.push_back({{"method", method},
                    {"started", stats.started},
                    {"in_progress", stats.started - stats.ended()},
                    {"errors", stats.errors()},
                    {"by_status", by_status(stats)},
                    {"latency_seconds", quantiles(stats.latency)}});
  }
  return list;
}

Json slowest(const std::vector<SlowCall>& calls) {
  Json list = Json::array();
  for (const auto& call : calls) {
    list.push_back({{"method", call.method},
                    {"duration_seconds", seconds(call.duration)},
                    {"status", to_string(call.status)},
                    {"correlation_id", call.correlation_id},
                    {"peer", call.peer},
                    {"ended", to_text(call.ended)}});
  }
  return list;
}

Json services(const GrpcServer& server) {
  Json list = Json::array();
  for (const auto& servicer : server.servicers()) {
    Json names = Json::array();
    for (const auto& handler : servicer->methods()) names.push_back(handler.method.name());
    list.push_back({{"service", servicer->service_name()}, {"methods", std::move(names)}});
  }
  return list;
}

Json workers(const RuntimeStats& runtime) {
  Json lags = Json::array();
  for (const auto lag : runtime.loop_lags) lags.push_back({{"loop_lag_seconds", seconds(lag)}});
  return lags;
}

}  // namespace

StatusPage::StatusPage(const GrpcServer& server, std::shared_ptr<CallStats> calls)
    : server_(server), calls_(std::move(calls)), started_(to_text(std::chrono::system_clock::now())) {}

Task<Answer> StatusPage::answer() const {
  auto counting = CallStats::totals(calls_);
  const auto totals = co_await std::move(counting);
  const auto server = server_.stats();
  const auto runtime = server_.runtime().stats();
  const Json page = {{"version", PLINTH_VERSION},
                     {"started", started_},
                     {"uptime_seconds", seconds(Clock::now() - began_)},
                     {"address", server.address},
                     {"serving", server.serving},
                     {"health", to_string(server.health)},
                     {"connections", server.connections},
                     {"streams", server.streams},
                     {"workers", workers(runtime)},
                     {"offload", {{"queued", runtime.offload_queued}, {"busy", runtime.offload_busy}}},
                     {"services", services(server_)},
                     {"methods", methods(totals.methods)},
                     {"slowest_recent_calls", slowest(totals.slowest)}};
  co_return Answer(200, to_text(page), kJson);
}

}  // namespace plinth::admin

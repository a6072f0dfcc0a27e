#include "admin/health_pages.h"

#include <fmt/format.h>

namespace plinth::admin {

namespace {

Answer verdict(bool good, std::string_view text) { return line(good ? 200 : 503, text); }

}  // namespace

Answer health_page(const ServerStats& server) {
  return verdict(server.health == HealthStatus::kServing, to_string(server.health));
}

Answer ready_page(const ServerStats& server) {
  if (!server.serving) return verdict(false, "not serving: the server has not started, or is stopping");
  if (server.health != HealthStatus::kServing) return verdict(false, "not ready: a dependency does not work");
  return verdict(true, "ready");
}

Answer live_page(const RuntimeStats& runtime) {
  for (std::size_t index = 0; index < runtime.turns_in_progress.size(); ++index) {
    const auto held = runtime.turns_in_progress[index];
    if (held < kStuckAfter) continue;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(held).count();
    return verdict(false, fmt::format("stuck: worker {} has been in one turn for {} s", index, seconds));
  }
  return verdict(true, "live");
}

}  // namespace plinth::admin

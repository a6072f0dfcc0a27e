#include <utility>

#include "admin/call_stats.h"
#include "admin/config_page.h"
#include "admin/gauges.h"
#include "admin/health_pages.h"
#include "admin/inventory.h"
#include "admin/local_host.h"
#include "admin/log_level_page.h"
#include "admin/port.h"
#include "admin/status_page.h"
#include "async/offload_pool.h"
#include "base/assert.h"
#include "plinth/admin.h"

namespace plinth {

namespace {

constexpr std::string_view kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

struct AdminServer::Parts {
  Parts(Settings given, GrpcServer& grpc, const Telemetry& telemetry)
      : settings(std::move(given)),
        server(grpc),
        logger(telemetry.logger),
        metrics(telemetry.metrics),
        calls(std::make_shared<admin::CallStats>(server.runtime())),
        inventory(std::make_shared<admin::Inventory>(server)),
        status(server, calls),
        log_level(server.runtime().worker(0), logger),
        site(pages(), admin::is_loopback(settings.observability.metrics_host) ? admin::Site::Reach::kLoopback
                                                                              : admin::Site::Reach::kAnywhere),
        port(server.runtime().worker(0), site),
        gauges(admin::show_gauges(*metrics, server)) {}

  std::vector<admin::Page> pages();

  Settings settings;
  GrpcServer& server;
  std::shared_ptr<Logger> logger;
  std::shared_ptr<Metrics> metrics;
  std::shared_ptr<admin::CallStats> calls;
  std::shared_ptr<admin::Inventory> inventory;
  admin::StatusPage status;
  admin::LogLevelPage log_level;
  admin::Site site;
  admin::Port port;
  std::shared_ptr<void> gauges;
};

namespace {

using admin::Answer;
using admin::at_once;
using admin::Question;

/// Long texts take longer than a worker may be held, and must come when all threads for blocking code are taken, too.
Task<std::string> make_text(std::move_only_function<std::string()> make) {
  std::string text;
  std::exception_ptr error;
  auto making = offload_to(OffloadPool::Lane::kLookups, [&] { text = make(); }, error);
  co_await std::move(making);
  if (error) std::rethrow_exception(error);
  co_return text;
}

Task<Answer> metrics_page(const Metrics& metrics) {
  auto making = make_text([&metrics] { return metrics.text(); });
  auto text = co_await std::move(making);
  co_return Answer(200, std::move(text), kPrometheusText);
}

Task<Answer> channelz_page(const services::ChannelzSource& source) {
  auto looking = source.look();
  const auto view = co_await std::move(looking);
  auto making = make_text([&view] { return services::to_json(view) + "\n"; });
  auto text = co_await std::move(making);
  co_return Answer(200, std::move(text), admin::kJson);
}

}  // namespace

std::vector<admin::Page> AdminServer::Parts::pages() {
  return {
      {.path = "/metrics",
       .help = "metrics, for Prometheus",
       .answer = [this](const Question&) { return metrics_page(*metrics); }},
      {.path = "/healthz",
       .help = "200 when the health service says SERVING",
       .answer = [this](const Question&) { return at_once(admin::health_page(server.stats())); }},
      {.path = "/readyz",
       .help = "200 when the server takes calls",
       .answer = [this](const Question&) { return at_once(admin::ready_page(server.stats())); }},
      {.path = "/livez",
       .help = "200 unless a worker is stuck",
       .answer = [this](const Question&) { return at_once(admin::live_page(server.runtime().stats())); }},
      {.path = "/statusz",
       .help = "what the server is and does",
       .answer = [this](const Question&) { return status.answer(); }},
      {.path = "/configz",
       .help = "the settings in force",
       .answer = [this](const Question&) { return at_once(admin::config_page(settings)); }},
      {.path = "/channelz",
       .help = "servers, channels and sockets",
       .answer = [this](const Question&) { return channelz_page(*inventory); }},
      {.path = "/loglevel",
       .help = "the level of the log; PUT level=debug&for=60 changes it",
       .takes_changes = true,
       .answer = [this](const Question& question) { return at_once(log_level.answer(question)); }},
  };
}

AdminServer::AdminServer(Settings settings, GrpcServer& server, const Telemetry& telemetry)
    : parts_(std::make_unique<Parts>(std::move(settings), server, telemetry)) {}

AdminServer::~AdminServer() { stop(); }

std::shared_ptr<Interceptor> AdminServer::interceptor() const {
  return std::make_shared<admin::CallStatsInterceptor>(parts_->calls);
}

std::shared_ptr<BaseServicer> AdminServer::channelz_servicer() const {
  return services::make_channelz_servicer(parts_->inventory);
}

AdminServer& AdminServer::add_channel(const std::shared_ptr<Channel>& channel) {
  auto shown = std::dynamic_pointer_cast<client::ChannelImpl>(channel);
  PLINTH_ASSERT(shown, "add_channel: only a channel that a GrpcClientFactory has made can be shown");
  parts_->inventory->add(shown);
  return *this;
}

Status AdminServer::start() {
  const auto& wanted = parts_->settings.observability;
  if (wanted.metrics_port == 0 || !address().empty()) return {};
  if (auto status = parts_->port.start(wanted.metrics_host, wanted.metrics_port); !status.ok()) return status;
  parts_->logger->info("admin_server_started", {{"address", address()}});
  return {};
}

void AdminServer::stop() {
  if (address().empty()) return;
  parts_->port.stop();
  auto& worker = parts_->server.runtime().worker(0);
  sync_wait(worker, [](admin::LogLevelPage& page) -> Task<void> {
    page.end();
    co_return;
  }(parts_->log_level));
  parts_->logger->info("admin_server_stopped");
}

std::string AdminServer::address() const { return parts_->port.address(); }

}  // namespace plinth

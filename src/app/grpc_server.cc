#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "app/signals.h"
#include "base/assert.h"
#include "google/rpc/error_details.pb.h"
#include "plinth/error_details.h"
#include "plinth/limits.h"
#include "plinth/server.h"
#include "server/server.h"
#include "services/health_service.h"
#include "services/reflection_service.h"

namespace plinth {

namespace {

enum class Phase { kNew, kRunning, kStopping, kStopped };

RuntimeOptions runtime_options(const ServerSettings& settings, const std::shared_ptr<Logger>& logger) {
  RuntimeOptions options;
  options.workers = settings.max_workers;
  options.logger = logger;
  return options;
}

/// What clients that are refused are told to wait for: long enough for others to finish.
constexpr auto kRetryDelay = std::chrono::seconds(1);

std::string over_limit_details(std::size_t limit) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(kRetryDelay.count());
  return with_details(resource_exhausted("the server runs {} calls, which is its limit", limit), retry).details();
}

bool is_operational(const std::string& service) {
  const auto services = operational_services();
  return std::ranges::find(services, service) != services.end();
}

/// It would write a line to stderr for each message with bad UTF-8 that a peer sends; the call's status says it
/// already.
void quiet_protobuf() { google::protobuf::SetLogHandler(nullptr); }

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

struct GrpcServer::Parts {
  Parts(ServerSettings settings, std::shared_ptr<Logger> given)
      : logger(given ? std::move(given) : make_logger(LogFormat::kJson, LogLevel::kInfo)),
        runtime(runtime_options(settings, logger)),
        server(std::move(settings), runtime, logger),
        health(logger) {
    auto& unread = server.shared().limits.unread_requests;
    unread = std::max(unread, 2 * this->settings().max_message_size);
    server.shared().over_limit_details = over_limit_details(this->settings().max_concurrent_rpcs);
  }

  const ServerSettings& settings() noexcept { return server.shared().settings; }
  void add(std::shared_ptr<BaseServicer> servicer);
  void add_own_services();
  Phase now() const noexcept;
  bool begin_stop() noexcept;
  void move_to(Phase next) noexcept;
  void heed(app::StopSignals* given) noexcept;

  std::shared_ptr<Logger> logger;
  Runtime runtime;
  server::Server server;
  services::HealthService health;
  std::vector<std::string> services;
  std::optional<std::size_t> user_services;

  mutable std::mutex mutex;
  std::condition_variable changed;
  Phase phase = Phase::kNew;
  std::string address;
  app::StopSignals* signals = nullptr;
};

void GrpcServer::Parts::add(std::shared_ptr<BaseServicer> servicer) {
  const std::string name(servicer->service_name());
  const auto status = server.shared().methods.add(std::move(servicer), is_operational(name));
  PLINTH_ASSERT(status.ok(), "add_servicer: a server takes one servicer of each service");
  services.push_back(name);
}

void GrpcServer::Parts::add_own_services() {
  if (settings().health_check_enabled) add(health.servicer());
  for (const auto& service : services) health.set_status(service, HealthStatus::kServing);
  if (settings().reflection_enabled) {
    for (auto& servicer : services::make_reflection_servicers(services)) add(std::move(servicer));
  }
}

void GrpcServer::Parts::move_to(Phase next) noexcept {
  std::lock_guard lock(mutex);
  phase = next;
  changed.notify_all();
  if (next == Phase::kStopped && signals) signals->give_up();
}

Phase GrpcServer::Parts::now() const noexcept {
  std::lock_guard lock(mutex);
  return phase;
}

/// False when it does not run, or another thread stops it.
bool GrpcServer::Parts::begin_stop() noexcept {
  std::lock_guard lock(mutex);
  if (phase != Phase::kRunning) return false;
  phase = Phase::kStopping;
  return true;
}

void GrpcServer::Parts::heed(app::StopSignals* given) noexcept {
  std::lock_guard lock(mutex);
  signals = given;
  if (signals && phase == Phase::kStopped) signals->give_up();
}

GrpcServer::GrpcServer(ServerSettings settings, std::shared_ptr<Logger> logger)
    : parts_(std::make_unique<Parts>(std::move(settings), std::move(logger))) {
  quiet_protobuf();
}

GrpcServer::~GrpcServer() {
  if (is_running()) stop();
  wait();
}

GrpcServer& GrpcServer::add_servicer(std::shared_ptr<BaseServicer> servicer) {
  PLINTH_ASSERT(parts_->now() == Phase::kNew, "add_servicer: add all servicers before start()");
  parts_->logger->info("grpc_servicer_registered", {{"service", servicer->service_name()}});
  parts_->add(std::move(servicer));
  return *this;
}

GrpcServer& GrpcServer::add_interceptor(std::shared_ptr<Interceptor> interceptor) {
  PLINTH_ASSERT(parts_->now() == Phase::kNew, "add_interceptor: add all interceptors before start()");
  parts_->logger->info("grpc_interceptor_added", {{"interceptor", interceptor->name()}});
  parts_->server.shared().interceptors.push_back(std::move(interceptor));
  return *this;
}

HealthRegistry& GrpcServer::health() noexcept { return parts_->health; }

Status GrpcServer::start() {
  if (parts_->now() != Phase::kNew) {
    parts_->logger->warning("grpc_server_already_started");
    return is_running() ? Status() : failed_precondition("a server that was stopped cannot start again: make another");
  }
  if (!parts_->user_services) {
    parts_->user_services = parts_->services.size();
    parts_->add_own_services();
  }
  parts_->health.start(parts_->runtime.worker(0));
  if (auto status = parts_->server.start(); !status.ok()) {
    parts_->health.stop();
    return status;
  }
  {
    std::lock_guard lock(parts_->mutex);
    parts_->address = parts_->server.address();
  }
  parts_->move_to(Phase::kRunning);
  parts_->logger->info("grpc_server_started", {{"address", address()},
                                               {"reflection_enabled", parts_->settings().reflection_enabled},
                                               {"health_check_enabled", parts_->settings().health_check_enabled},
                                               {"interceptor_count", parts_->server.shared().interceptors.size()},
                                               {"servicer_count", *parts_->user_services}});
  return {};
}

void GrpcServer::stop(std::optional<Duration> grace) {
  PLINTH_ASSERT(!Worker::current(), "stop() waits for the workers: call it on a thread that is no worker's");
  if (!parts_->begin_stop()) {
    parts_->logger->warning("grpc_server_not_running");
    return wait();
  }
  const auto patience = grace.value_or(parts_->settings().shutdown_grace);
  parts_->logger->info("grpc_server_stopping", {{"grace_period", seconds(patience)}});
  parts_->health.shut_down();
  parts_->server.stop(patience);
  parts_->health.stop();
  parts_->logger->info("grpc_server_stopped");
  {
    std::lock_guard lock(parts_->mutex);
    parts_->address.clear();
  }
  parts_->move_to(Phase::kStopped);
}

void GrpcServer::wait() {
  std::unique_lock lock(parts_->mutex);
  parts_->changed.wait(lock, [this] { return parts_->phase == Phase::kStopped || parts_->phase == Phase::kNew; });
}

int GrpcServer::run(const std::function<void()>& on_started) {
  if (!parts_->settings().enabled) {
    parts_->logger->warning("grpc_server_disabled", {{"setting", "GRPC__SERVER__ENABLED"}});
    return 0;
  }
  app::StopSignals signals;
  if (const auto status = parts_->now() == Phase::kNew ? start() : Status(); !status.ok()) {
    fmt::print(stderr, "{}\n", status.message());
    return 1;
  }
  if (on_started && is_running()) on_started();
  parts_->heed(&signals);
  signals.wait();
  if (is_running()) stop();
  wait();
  parts_->heed(nullptr);
  return 0;
}

bool GrpcServer::is_running() const noexcept { return parts_->now() == Phase::kRunning; }

std::string GrpcServer::address() const {
  std::lock_guard lock(parts_->mutex);
  return parts_->address;
}

Runtime& GrpcServer::runtime() noexcept { return parts_->runtime; }
const Runtime& GrpcServer::runtime() const noexcept { return parts_->runtime; }

ServerStats GrpcServer::stats() const {
  const auto load = parts_->server.load();
  std::lock_guard lock(parts_->mutex);
  return {.serving = parts_->phase == Phase::kRunning,
          .health = parts_->health.status(),
          .address = parts_->address,
          .connections = load.connections,
          .streams = load.calls};
}

std::vector<std::shared_ptr<BaseServicer>> GrpcServer::servicers() const {
  std::lock_guard lock(parts_->mutex);
  if (parts_->phase == Phase::kNew) return {};
  return parts_->server.shared().methods.servicers();
}

Task<channelz::Server> GrpcServer::inspect() const { return parts_->server.inspect(); }

}  // namespace plinth

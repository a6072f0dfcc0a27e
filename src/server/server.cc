#include "server/server.h"

#include <algorithm>
#include <future>
#include <iterator>

#include "async/gathering.h"

namespace plinth::server {

using namespace std::chrono_literals;

namespace {

constexpr auto kPauseAfterFailedAccept = 50ms;
constexpr auto kTimeToUnwind = 1s;
constexpr auto kReportInterval = 5s;
/// What the condition variable's clock can hold.
constexpr Duration kLongestWait = std::chrono::hours(24 * 365);

/// As Peer::address has it.
std::string with_scheme(const std::string& address) {
  if (address.starts_with("unix:")) return address;
  return (address.starts_with('[') ? "ipv6:" : "ipv4:") + address;
}

/// Runs `function` on a worker and waits for it.
void run_on(Worker& worker, std::move_only_function<void()> function) {
  std::promise<void> done;
  worker.post([&] {
    function();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

Server::Server(ServerSettings settings, Runtime& runtime, std::shared_ptr<Logger> logger) : runtime_(runtime) {
  shared_.settings = std::move(settings);
  shared_.logger = std::move(logger);
}

Server::~Server() {
  if (listener_) stop(Duration::zero());
}

Status Server::start() {
  const auto& settings = shared_.settings;
  if (!settings.tls.cert_file.empty()) {
    auto tls = net::TlsServer::load({settings.tls.cert_file, settings.tls.key_file, settings.tls.client_ca_file},
                                    shared_.logger);
    if (!tls) return std::move(tls).error();
    tls_ = std::move(*tls);
  }
  auto listener = net::Listener::open(runtime_.worker(0), settings.host, settings.port);
  if (!listener) return std::move(listener).error();
  listener_ = std::move(*listener);
  const auto changed = [this] {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  };
  {
    std::lock_guard lock(mutex_);
    listen_socket_.id = next_entity_id();
    listen_socket_.local = with_scheme(listener_->address());
    listen_socket_.is_server = true;
    for (std::size_t index = 0; index < runtime_.size(); ++index) {
      pools_.push_back(std::make_shared<ConnectionPool>(shared_, runtime_.worker(index), tls_.get(), changed));
    }
  }
  run_on(runtime_.worker(0), [this] { accepting_.adopt(accept_loop()); });
  return {};
}

void Server::stop(Duration grace) {
  stop_listening();
  on_each_worker([](ConnectionPool& pool) { pool.drain(); });
  if (!wait_until_empty(grace)) {
    on_each_worker([](ConnectionPool& pool) { pool.cancel_calls(unavailable("the server is shutting down")); });
    if (!wait_until_empty(kTimeToUnwind)) {
      on_each_worker([](ConnectionPool& pool) { pool.close(); });
      wait_for_handlers();
    }
  }
  drop_pools();
  listener_.reset();
}

/// Each on its own worker.
void Server::drop_pools() {
  std::vector<std::shared_ptr<ConnectionPool>> pools;
  {
    std::lock_guard lock(mutex_);
    pools = std::exchange(pools_, {});
  }
  for (auto& pool : pools) {
    run_on(pool->worker(), [&pool] { pool.reset(); });
  }
}

Server::Load Server::load() const {
  std::lock_guard lock(mutex_);
  Load load;
  for (const auto& pool : pools_) {
    load.connections += pool->size();
    load.calls += pool->calls();
  }
  return load;
}

Task<channelz::Server> Server::inspect() const {
  channelz::Server server;
  server.id = id_;
  Gathering<ConnectionPool::View> views;
  {
    std::lock_guard lock(mutex_);
    if (!pools_.empty()) server.listen_sockets.push_back(listen_socket_);
    for (const auto& pool : pools_) {
      views.ask(pool->worker(), [pool = std::weak_ptr(pool)] {
        const auto alive = pool.lock();
        return alive ? alive->inspect() : ConnectionPool::View();
      });
    }
  }
  auto gathering = views.wait();
  const auto all = co_await std::move(gathering);
  for (const auto& view : all) {
    server.calls = call::sum(server.calls, view.calls);
    std::ranges::copy(view.sockets, std::back_inserter(server.sockets));
  }
  co_return server;
}

void Server::stop_listening() {
  run_on(runtime_.worker(0), [this] {
    listener_->close();
    accept_scope_.cancel(cancelled("the server has stopped"));
  });
}

/// The client, between its coming and its being accepted.
bool has_gone(const std::error_code& error) noexcept {
  return error == std::errc::operation_would_block || error == std::errc::connection_aborted;
}

Task<void> Server::accept_loop() {
  while (true) {
    ConnectionPool* pool = nullptr;
    auto accepting = listener_->accept([&]() -> Worker& { return (pool = &least_loaded())->worker(); });
    auto socket = co_await std::move(accepting);
    if (socket) {
      pool->add(std::move(*socket));
    } else if (!has_gone(socket.error())) {
      shared_.logger->warning("grpc_accept_failed", {{"error", socket.error().message()}});
      auto pause = sleep_for(kPauseAfterFailedAccept);
      co_await std::move(pause);
    }
  }
}

ConnectionPool& Server::least_loaded() noexcept {
  return **std::ranges::min_element(pools_, {}, [](const auto& pool) { return pool->size(); });
}

void Server::on_each_worker(void (*action)(ConnectionPool&)) {
  for (auto& pool : pools_) {
    run_on(pool->worker(), [&] { action(*pool); });
  }
}

std::size_t Server::connections() const noexcept {
  std::size_t count = 0;
  for (const auto& pool : pools_) count += pool->size();
  return count;
}

bool Server::wait_until_empty(Duration patience) {
  std::unique_lock lock(mutex_);
  const auto until = Deadline::after(Clock::now(), std::min(patience, kLongestWait));
  return changed_.wait_until(lock, until.at(), [this] { return connections() == 0; });
}

void Server::wait_for_handlers() {
  while (!wait_until_empty(kReportInterval)) {
    shared_.logger->warning("grpc_server_waiting", {{"reason", "handlers that were cancelled have not returned"},
                                                    {"connections", connections()}});
  }
}

}  // namespace plinth::server

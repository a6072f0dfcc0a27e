#include "client/backend.h"

#include <vector>

#include "client/health_watch.h"

namespace plinth::client {

using namespace std::chrono_literals;

namespace {

/// gRPC's connection-backoff.md: MIN_CONNECT_TIMEOUT.
constexpr auto kTimeToConnect = 20s;
constexpr auto kShortLife = 1s;
constexpr auto kLongestKeepAlive = 24h;
constexpr std::size_t kMostConnections = 10;

}  // namespace

Backend::Backend(Worker& worker, const Shared& shared, std::string address, Owner& owner)
    : worker_(worker),
      shared_(shared),
      address_(std::move(address)),
      owner_(owner),
      keep_alive_time_(shared.connection.keep_alive.time) {}

Backend::~Backend() = default;

channelz::Subchannel Backend::inspect() {
  channelz::Subchannel subchannel;
  subchannel.id = id_;
  subchannel.address = address_;
  subchannel.state = state();
  subchannel.calls = ended_;
  for (const auto& connection : connections_) {
    subchannel.calls = call::sum(subchannel.calls, connection.counts());
    subchannel.sockets.push_back(connection.inspect());
    subchannel.sockets.back().secure = shared_.connector->secure();
  }
  return subchannel;
}

void Backend::connect() {
  if (state_ != ChannelState::kIdle || retired_) return;
  enter(ChannelState::kConnecting);
  open_another();
}

void Backend::disconnect() {
  ++generation_;
  opening_ = 0;
  std::vector<Connection*> all;
  for (auto& connection : connections_) all.push_back(&connection);
  for (auto* connection : all) connection->drain();
  if (state_ != ChannelState::kIdle) enter(ChannelState::kIdle);
}

void Backend::serve(PickWaiter& waiter) {
  waiter.wait_in(queue_);
  serve_queue();
}

void Backend::serve_queue() {
  while (!queue_.empty()) {
    auto* const connection = this->connection();
    if (!connection) return queue_.back().on_wait(PickWaiter::Missing::kConnection);
    if (!queue_.front().on_picked(*this, *connection)) return on_room();
  }
}

bool Backend::give_back(detail::List<PickWaiter>& waiters) {
  if (queue_.empty()) return false;
  while (!queue_.empty()) {
    auto& waiter = queue_.front();
    waiter.stop_waiting();
    waiters.push_back(waiter);
  }
  return true;
}

/// One with room for a stream. Null when there is none: then one is on its way, if there may be more of them.
Connection* Backend::connection() {
  std::size_t usable = opening_;
  for (auto& connection : connections_) {
    if (connection.has_room()) return &connection;
    if (!connection.draining()) ++usable;
  }
  if (state_ == ChannelState::kReady && opening_ == 0 && usable < kMostConnections) open_another();
  return nullptr;
}

void Backend::set_ejected(bool ejected) {
  if (std::exchange(ejected_, ejected) == ejected) return;
  if (ejected) ejection_ = unavailable("{} is out of use for a while: too many of its calls fail", address_);
  owner_.on_backend_state(*this);
}

void Backend::retire() {
  if (std::exchange(retired_, true)) return;
  disconnect();
  if (connections_.empty()) scope_.cancel(cancelled("the address is gone"));
  if (tasks_ == 0) owner_.on_backend_done(*this);
}

void Backend::close(const Status& why) {
  std::vector<Connection*> all;
  for (auto& connection : connections_) all.push_back(&connection);
  for (auto* connection : all) connection->close(why);
  scope_.cancel(why);
}

void Backend::open_another() {
  ++opening_;
  ++tasks_;
  group_.adopt(keep_connection());
}

/// One connection from its first packet to its last.
Task<void> Backend::keep_connection() {
  const auto began = worker_.now();
  const auto generation = generation_;
  Status failure;
  try {
    if (worker_.now() < not_before_) {
      auto spacing = sleep_until(not_before_);
      co_await std::move(spacing);
    }
    auto connecting = with_timeout(kTimeToConnect, shared_.connector->connect(address_));
    auto stream = co_await std::move(connecting);
    if (!stream) {
      failure = std::move(stream).error();
    } else if (generation == generation_) {
      auto options = shared_.connection;
      options.keep_alive.time = keep_alive_time_;
      Connection connection(worker_, std::move(*stream), options, *this);
      connections_.push_back(connection);
      auto running = connection.run();
      co_await std::move(running);
      ended_ = call::sum(ended_, connection.counts());
      if (!connection.ready()) failure = connection.lost();
    }
  } catch (const StatusError& error) {
    failure = error.status().code() == StatusCode::kDeadlineExceeded
                  ? unavailable("cannot connect to {}: no answer within {} s", address_, kTimeToConnect.count())
                  : error.status();
  }
  if (!failure.ok() && generation == generation_ && !scope_.cancelled()) {
    --opening_;
    fail(std::move(failure));
    if (state_ == ChannelState::kTransientFailure) {
      auto waiting = wait_after_failure(began);
      co_await std::move(waiting);
    } else {
      not_before_ = worker_.now() + backoff_.next();
      on_room();  // who waits for room needs another one
    }
  }
  --tasks_;
  if (retired_ && tasks_ == 0) owner_.on_backend_done(*this);
}

/// A server that takes connections only to end them is not dialled without a pause, from the second time on.
void Backend::note_life(const Connection& connection) {
  const auto now = worker_.now();
  if (connection.answered() || now - connection.began() >= kShortLife) {
    short_lives_ = 0;
    backoff_.reset();
  } else if (++short_lives_ > 1) {
    not_before_ = now + backoff_.next();
  }
}

Task<void> Backend::wait_after_failure(TimePoint began) {
  const auto generation = generation_;
  try {
    auto pause = sleep_until(began + backoff_.next());
    co_await std::move(pause);
  } catch (const StatusError&) {
    co_return;
  }
  if (generation == generation_ && state_ == ChannelState::kTransientFailure) enter(ChannelState::kIdle);
}

/// A connection beside one that works is not missed.
void Backend::fail(Status why) {
  if (state_ != ChannelState::kConnecting) return;
  failure_ = std::move(why);
  enter(ChannelState::kTransientFailure);
}

void Backend::on_ready(Connection& connection) {
  --opening_;
  if (state_ == ChannelState::kReady) return on_room();
  if (!shared_.checks_health) return enter(ChannelState::kReady);
  watch_health(connection);
}

void Backend::watch_health(Connection& connection) {
  HealthObserver& observer = *this;
  health_ = std::make_unique<HealthWatch>(*this, connection, shared_, observer);
  health_->start();
}

/// The connection that the health was asked on takes nothing new.
void Backend::watch_health_elsewhere() {
  if (auto* connection = usable()) watch_health(*connection);
}

void Backend::on_health(const Status& health) {
  failure_ = health;
  enter(health.ok() ? ChannelState::kReady : ChannelState::kTransientFailure);
}

void Backend::ping_less_often() {
  keep_alive_time_ *= 2;
  const auto seconds = std::chrono::duration<double>(keep_alive_time_).count();
  shared_.logger->warning("grpc_too_many_pings", {{"backend", address_}, {"keepalive_time", seconds}});
}

void Backend::on_draining(Connection& connection) {
  const bool pings = keep_alive_time_ > Duration::zero() && keep_alive_time_ < kLongestKeepAlive;
  if (pings && connection.pings_too_often()) ping_less_often();
  if (connection.ready() && connection.ended_by_server()) note_life(connection);
  const bool watched = health_ && health_->is_on(connection);
  if (watched) health_->stop();
  if (usable()) {
    if (watched) worker_.when_ready(watch_elsewhere_);
    on_room();  // there may be another one in its place
  } else if (watched || state_ == ChannelState::kReady) {
    enter(ChannelState::kIdle);
  }
}

Connection* Backend::usable() noexcept {
  for (auto& connection : connections_) {
    if (connection.ready() && !connection.draining()) return &connection;
  }
  return nullptr;
}

void Backend::enter(ChannelState state) {
  state_ = state;
  if (!ejected_) owner_.on_backend_state(*this);
}

}  // namespace plinth::client

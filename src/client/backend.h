#pragma once

#include <memory>
#include <string>

#include "async/later.h"
#include "client/backoff.h"
#include "client/connection.h"
#include "client/health_observer.h"
#include "client/pick_waiter.h"
#include "client/shared.h"
#include "plinth/detail/group.h"
#include "plinth/load_balancer.h"

namespace plinth::client {

class HealthWatch;

/// One address of a channel on one worker, and the connections to it: one, and more while its streams are used up
/// (gRFC A105).
///
///     IDLE --connect--> CONNECTING --SETTINGS--> READY --lost, draining--> IDLE
///                           +--failed--> TRANSIENT_FAILURE --backoff--> IDLE
class Backend final : public Subchannel, private Connection::Owner, private HealthObserver {
 public:
  class Owner {
   public:
    virtual void on_backend_state(Backend& backend) = 0;
    /// Everything that it had begun has ended.
    virtual void on_backend_done(Backend& backend) = 0;

   protected:
    ~Owner() = default;
  };

  Backend(Worker& worker, const Shared& shared, std::string address, Owner& owner);
  ~Backend();

  const std::string& address() const noexcept override { return address_; }
  ChannelState state() const noexcept override { return ejected_ ? ChannelState::kTransientFailure : state_; }
  const Status& failure() const noexcept override { return ejected_ ? ejection_ : failure_; }
  std::size_t calls() const noexcept override { return calls_ + queue_.size(); }
  channelz::Subchannel inspect();
  void connect() override;
  void disconnect() override;

  /// Gives `waiter` a stream, after those that came before it: now, or once there is room. For a backend that is READY.
  void serve(PickWaiter& waiter);
  /// Moves those who wait for room to the end of `waiters`. False when there are none.
  bool give_back(detail::List<PickWaiter>& waiters);

  void on_call_begun() noexcept { ++calls_; }
  void on_call_left() noexcept { --calls_; }
  /// How its calls end, for outlier detection.
  OutlierDetector::Backend& record() noexcept { return record_; }

  /// Outlier detection takes it out of use, or lets it back in.
  void set_ejected(bool ejected);

  /// It is not wanted any more: its calls go on, and then it is done.
  void retire();
  /// Its calls end with `why`, and it is done soon.
  void close(const Status& why);

 private:
  void on_ready(Connection& connection) override;
  void on_draining(Connection& connection) override;
  void on_health(const Status& health) override;
  void on_room() override {
    if (!queue_.empty()) worker_.when_ready(serve_);
  }

  Connection* connection();
  void serve_queue();
  Task<void> keep_connection();
  Task<void> wait_after_failure(TimePoint began);
  void ping_less_often();
  void note_life(const Connection& connection);
  void open_another();
  void enter(ChannelState state);
  void fail(Status why);
  Connection* usable() noexcept;
  void watch_health(Connection& connection);
  void watch_health_elsewhere();

  const std::int64_t id_ = next_entity_id();
  Worker& worker_;
  const Shared& shared_;
  std::string address_;
  Owner& owner_;
  ChannelState state_ = ChannelState::kIdle;
  Status failure_;
  Backoff backoff_{kConnectionBackoff};
  TimePoint not_before_{};
  std::size_t short_lives_ = 0;
  Duration keep_alive_time_;
  OutlierDetector::Backend record_;
  bool ejected_ = false;
  /// Why it is out of use meanwhile.
  Status ejection_;
  bool retired_ = false;
  std::size_t calls_ = 0;
  /// They wait for room.
  PickWaiter::Queue queue_;
  std::size_t opening_ = 0;
  std::size_t tasks_ = 0;
  /// Attempts to connect that began before the last `disconnect` are not wanted any more.
  std::size_t generation_ = 0;
  detail::List<Connection> connections_;
  /// The streams of connections that are gone.
  channelz::Counts ended_;
  std::unique_ptr<HealthWatch> health_;
  Step<Backend> serve_{*this, &Backend::serve_queue};
  Step<Backend> watch_elsewhere_{*this, &Backend::watch_health_elsewhere};
  CancelScope scope_;
  detail::Group group_{scope_};
};

}  // namespace plinth::client

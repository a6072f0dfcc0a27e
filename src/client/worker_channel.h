#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/later.h"
#include "async/signal.h"
#include "client/backend.h"
#include "client/backoff.h"
#include "client/pick_waiter.h"
#include "client/shared.h"
#include "plinth/detail/group.h"
#include "plinth/event.h"
#include "plinth/runtime.h"

namespace plinth::client {

/// What a channel is on one worker: the resolver's answers, a policy, backends, and the calls that wait for one.
///
///     IDLE --first call--> resolve -> backends -> policy -> CONNECTING, READY, TRANSIENT_FAILURE --no calls--> IDLE
///
/// Lives on its worker, from the first call there until the channel is closed or the worker ends; it must be shut down
/// by then, and lets go of itself when everything in it has ended.
class WorkerChannel final : public std::enable_shared_from_this<WorkerChannel>,
                            public Worker::Resident,
                            private LoadBalancer::Host,
                            private Backend::Owner {
 public:
  static std::shared_ptr<WorkerChannel> make(std::shared_ptr<Shared> shared, Worker& worker);
  ~WorkerChannel();

  Shared& shared() noexcept { return *shared_; }
  Worker& worker() noexcept { return worker_; }

  /// Finds a connection for `waiter`, at once or later. Until then it may leave with `stop_waiting`.
  void place(PickWaiter& waiter);

  /// `waiter` will need a connection later. Until it leaves it is only told when there will be none any more.
  void keep(PickWaiter& waiter) { pausing_.push_back(waiter); }
  /// No calls are taken any more.
  bool closed() const noexcept { return closed_; }

  void on_call_begun() noexcept;
  void on_call_ended(bool well) noexcept;

  /// Leaves IDLE.
  void connect();
  /// From any thread.
  ChannelState state() const noexcept { return state_.load(std::memory_order_relaxed); }
  /// Why there is no backend, as far as it is known; else OK, or what was the matter before.
  const Status& failure() const noexcept { return failure_; }
  /// Awaits a state other than `state`.
  Task<ChannelState> changed_from(ChannelState state);

  struct View {
    ChannelState state = ChannelState::kIdle;
    channelz::Counts calls;
    std::vector<channelz::Subchannel> subchannels;
  };
  View inspect();

  /// For good: its calls end with `why`.
  void shut_down(const Status& why);

 private:
  WorkerChannel(std::shared_ptr<Shared> shared, Worker& worker);

  void on_worker_end() noexcept override { shut_down(unavailable("the worker of this call is being stopped")); }

  // LoadBalancer::Host
  void changed(ChannelState state, const Status& failure) override;
  void resolve_again() override;
  void wake_at(TimePoint when) override { worker_.timers().arm(wake_timer_, when); }
  TimePoint now() const noexcept override { return worker_.now(); }

  // Backend::Owner
  void on_backend_state(Backend& backend) override;
  void on_backend_done(Backend& backend) override;

  Task<void> resolve();
  Task<void> keep_resolving();
  Task<Status> resolve_until_error(Backoff& backoff);
  void use(const Resolution& resolution);
  void on_resolution_failed(Status status);
  Backend& backend_for(const std::string& address);
  void retire(std::map<std::string, std::unique_ptr<Backend>> backends);
  void sweep_outliers();
  void ask_resolver() { again_.set(); }
  void wake_balancer();
  void place_waiting();
  void fail_waiting(const Status& status);
  void watch_for_outliers();
  void wait_for_idleness() noexcept;
  void go_idle();
  void let_go();
  void enter(ChannelState state);
  void finish_if_done();

  std::shared_ptr<Shared> shared_;
  Worker& worker_;
  std::shared_ptr<WorkerChannel> self_;
  bool closed_ = false;
  std::atomic<ChannelState> state_ = ChannelState::kIdle;
  Status failure_;
  struct StateObserver : detail::ListNode {
    Signal changed;
  };
  detail::List<StateObserver> observers_;
  std::unique_ptr<LoadBalancer> balancer_;
  std::optional<OutlierDetector> outliers_;
  std::map<std::string, std::unique_ptr<Backend>> backends_;
  std::vector<std::unique_ptr<Backend>> retired_;
  detail::List<PickWaiter> waiting_;
  detail::List<PickWaiter> pausing_;
  std::size_t calls_ = 0;
  call::Tally tally_;
  std::size_t resolving_ = 0;
  CancelScope* resolve_scope_ = nullptr;
  Event again_;
  TimePoint resolved_at_{};
  /// Of the resolver, that has been logged.
  std::string last_problem_;
  Alarm<WorkerChannel> idle_timer_{*this, &WorkerChannel::go_idle};
  Alarm<WorkerChannel> wake_timer_{*this, &WorkerChannel::wake_balancer};
  Alarm<WorkerChannel> again_timer_{*this, &WorkerChannel::ask_resolver};
  Alarm<WorkerChannel> sweep_timer_{*this, &WorkerChannel::sweep_outliers};
  /// When whoever reported a change is done with it.
  Step<WorkerChannel> later_{*this, &WorkerChannel::place_waiting};
  CancelScope scope_;
  detail::Group group_{scope_};
};

}  // namespace plinth::client

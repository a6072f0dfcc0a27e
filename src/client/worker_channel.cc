#include "client/worker_channel.h"

#include <algorithm>

#include "client/backoff.h"
#include "plinth/async.h"

namespace plinth::client {

using namespace std::chrono_literals;

namespace {
constexpr auto kResolvePause = 1s;
constexpr auto kLeastInterval = 10ms;
/// Short: a service that had no backend for a while must be found again within seconds.
constexpr BackoffOptions kResolverBackoff{.initial = 1s, .multiplier = 1.6, .jitter = 0.2, .max = 5s};
}  // namespace

std::shared_ptr<WorkerChannel> WorkerChannel::make(std::shared_ptr<Shared> shared, Worker& worker) {
  std::shared_ptr<WorkerChannel> made(new WorkerChannel(std::move(shared), worker));
  made->self_ = made;
  return made;
}

WorkerChannel::WorkerChannel(std::shared_ptr<Shared> shared, Worker& worker)
    : Resident(worker, &shared->parts), shared_(std::move(shared)), worker_(worker) {}

WorkerChannel::~WorkerChannel() { shared_->parts.remove(*this); }

void WorkerChannel::place(PickWaiter& waiter) {
  if (closed_) return waiter.on_pick_failed(failure_);
  connect();
  const bool unresolved = !balancer_ && state() == ChannelState::kTransientFailure;
  auto pick = balancer_ ? balancer_->pick(waiter.pick_arguments()) : unresolved ? Pick::fail(failure_) : Pick::wait();
  if (pick.kind == Pick::Kind::kFail && !waiter.waits_for_ready()) return waiter.on_pick_failed(std::move(pick.status));
  const bool ready = pick.kind == Pick::Kind::kSubchannel && pick.subchannel->state() == ChannelState::kReady;
  if (ready) return static_cast<Backend&>(*pick.subchannel).serve(waiter);
  waiting_.push_back(waiter);
  waiter.on_wait(balancer_ ? PickWaiter::Missing::kConnection : PickWaiter::Missing::kNames);
}

void WorkerChannel::place_waiting() {
  detail::List<PickWaiter> waiters;
  waiters.splice_back(waiting_);
  while (!waiters.empty()) place(waiters.pop_front());
}

void WorkerChannel::on_call_begun() noexcept {
  tally_.begin(worker_.now());
  if (calls_++ == 0) idle_timer_.disarm();
}

void WorkerChannel::on_call_ended(bool well) noexcept {
  tally_.end(well);
  --calls_;
  wait_for_idleness();
  finish_if_done();
}

void WorkerChannel::wait_for_idleness() noexcept {
  if (calls_ != 0 || closed_) return;
  worker_.timers().arm(idle_timer_, Deadline::after(worker_.now(), shared_->idle_timeout).at());
}

WorkerChannel::View WorkerChannel::inspect() {
  View view;
  view.state = state();
  view.calls = tally_.counts();
  for (const auto& [address, backend] : backends_) view.subchannels.push_back(backend->inspect());
  for (const auto& backend : retired_) view.subchannels.push_back(backend->inspect());
  return view;
}

void WorkerChannel::connect() {
  if (closed_ || state() != ChannelState::kIdle) return;
  wait_for_idleness();
  if (balancer_) return balancer_->leave_idle();
  enter(ChannelState::kConnecting);
  ++resolving_;
  group_.adopt(resolve());
}

void WorkerChannel::go_idle() {
  if (closed_ || calls_ != 0) return;
  if (auto* scope = std::exchange(resolve_scope_, nullptr)) scope->cancel(cancelled("the channel is idle"));
  let_go();
  enter(ChannelState::kIdle);
}

void WorkerChannel::let_go() {
  wake_timer_.disarm();
  again_timer_.disarm();
  sweep_timer_.disarm();
  balancer_.reset();
  outliers_.reset();
  retire(std::exchange(backends_, {}));
}

void WorkerChannel::shut_down(const Status& why) {
  if (std::exchange(closed_, true)) return;
  const auto self = self_;
  failure_ = why;
  idle_timer_.disarm();
  let_go();
  for (auto& backend : retired_) backend->close(why);
  waiting_.splice_back(pausing_);
  fail_waiting(why);
  scope_.cancel(why);
  enter(ChannelState::kShutdown);
  finish_if_done();
}

void WorkerChannel::finish_if_done() {
  if (!closed_ || calls_ != 0 || resolving_ != 0 || !retired_.empty() || !self_) return;
  shared_->parts.remove(*this);  // calls that have ended, and that somebody still has, keep the rest
  worker_.post([self = std::exchange(self_, nullptr)] {});
}

Task<void> WorkerChannel::resolve() {
  auto* outer = co_await this_scope();
  CancelScope scope(outer);
  resolve_scope_ = &scope;
  detail::Group group(scope);
  auto resolving = keep_resolving();
  group.start(resolving);
  auto end = group.wait();
  co_await std::move(end);
  if (resolve_scope_ == &scope) resolve_scope_ = nullptr;
  --resolving_;
  finish_if_done();
}

Task<void> WorkerChannel::keep_resolving() {
  auto* scope = co_await this_scope();
  Backoff backoff(kResolverBackoff);
  while (true) {
    auto watching = resolve_until_error(backoff);
    auto failure = co_await std::move(watching);
    scope->check();
    on_resolution_failed(std::move(failure));
    auto pause = sleep_for(backoff.next());
    co_await std::move(pause);
  }
}

Task<Status> WorkerChannel::resolve_until_error(Backoff& backoff) {
  try {
    auto resolutions = shared_->resolver->watch(shared_->target, again_);
    while (auto resolution = co_await resolutions.next()) {
      backoff.reset();
      use(*resolution);
    }
  } catch (const StatusError& error) {
    co_return error.status();
  } catch (const std::exception& error) {
    co_return unavailable("cannot resolve {}: {}", shared_->target.text, error.what());
  }
  co_return unavailable("the resolver of {} has ended", shared_->target.text);
}

void WorkerChannel::use(const Resolution& resolution) {
  resolved_at_ = worker_.now();
  if (resolution.addresses.empty()) {
    resolve_again();
    return on_resolution_failed(unavailable("{} has no addresses", shared_->target.text));
  }
  last_problem_.clear();
  auto gone = std::exchange(backends_, {});
  std::vector<Subchannel*> list;
  for (const auto& address : resolution.addresses) {
    if (backends_.contains(address)) continue;
    auto kept = gone.extract(address);
    if (kept) backends_.insert(std::move(kept));
    list.push_back(&backend_for(address));
  }
  if (!balancer_) balancer_ = shared_->balancer->make(*this);
  balancer_->on_backends(list);
  balancer_->leave_idle();
  watch_for_outliers();
  retire(std::move(gone));
}

void WorkerChannel::watch_for_outliers() {
  if (!shared_->outliers) return;
  if (!outliers_) outliers_.emplace(*shared_->outliers);
  std::vector<OutlierDetector::Backend*> records;
  for (const auto& [address, backend] : backends_) records.push_back(&backend->record());
  outliers_->set_backends(records, worker_.now());
  if (const auto next = outliers_->next()) worker_.timers().arm(sweep_timer_, *next);
}

void WorkerChannel::sweep_outliers() {
  outliers_->sweep(worker_.now());
  for (const auto& [address, backend] : backends_) backend->set_ejected(backend->record().ejected());
  if (const auto next = outliers_->next())
    worker_.timers().arm(sweep_timer_, std::max(*next, worker_.now() + kLeastInterval));
}

Backend& WorkerChannel::backend_for(const std::string& address) {
  auto& backend = backends_[address];
  if (!backend) backend = std::unique_ptr<Backend>(new Backend(worker_, *shared_, address, *this));
  return *backend;
}

void WorkerChannel::retire(std::map<std::string, std::unique_ptr<Backend>> backends) {
  std::vector<Backend*> retiring;
  for (auto& [address, backend] : backends) {
    retiring.push_back(backend.get());
    retired_.push_back(std::move(backend));
  }
  for (auto* backend : retiring) backend->retire();
}

/// A channel that has backends goes on with them.
void WorkerChannel::on_resolution_failed(Status status) {
  if (std::exchange(last_problem_, status.to_string()) != status.to_string()) {
    shared_->logger->warning("grpc_resolution_failed", {{"target", shared_->target.text}, {"error", status.message()}});
  }
  if (balancer_) return;
  failure_ = std::move(status);
  enter(ChannelState::kTransientFailure);
  worker_.when_ready(later_);
}

void WorkerChannel::changed(ChannelState state, const Status& failure) {
  failure_ = failure;
  enter(state);
  worker_.when_ready(later_);
}

/// Not more often than once in a while: a policy asks whenever all of its backends fail.
void WorkerChannel::resolve_again() {
  if (!again_timer_.armed()) worker_.timers().arm(again_timer_, std::max(resolved_at_ + kResolvePause, worker_.now()));
}

void WorkerChannel::wake_balancer() {
  if (balancer_) balancer_->on_wake();
}

void WorkerChannel::on_backend_state(Backend& backend) {
  if (backend.state() != ChannelState::kReady && backend.give_back(waiting_)) worker_.when_ready(later_);
  const auto found = backends_.find(backend.address());
  if (balancer_ && found != backends_.end() && found->second.get() == &backend) balancer_->on_state(backend);
}

/// In a turn of its own: the backend is still in the middle of saying so.
void WorkerChannel::on_backend_done(Backend& backend) {
  const auto found = std::ranges::find(retired_, &backend, &std::unique_ptr<Backend>::get);
  worker_.post([self = self_, this, done = std::shared_ptr<Backend>(std::move(*found))] { finish_if_done(); });
  retired_.erase(found);
}

void WorkerChannel::fail_waiting(const Status& status) {
  detail::List<PickWaiter> waiters;
  waiters.splice_back(waiting_);
  while (!waiters.empty()) waiters.pop_front().on_pick_failed(status);
}

void WorkerChannel::enter(ChannelState state) {
  if (state_.exchange(state, std::memory_order_relaxed) == state) return;
  for (auto& observer : observers_) observer.changed.set();
}

Task<ChannelState> WorkerChannel::changed_from(ChannelState state) {
  StateObserver observer;
  observers_.push_back(observer);
  while (this->state() == state) co_await observer.changed.wait();
  co_return this->state();
}

}  // namespace plinth::client

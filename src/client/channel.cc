#include "client/channel.h"

#include <algorithm>
#include <iterator>

#include "async/gathering.h"
#include "client/call.h"
#include "client/remote_call.h"
#include "plinth/async.h"

namespace plinth::client {

using namespace std::chrono_literals;

namespace {

/// How often a thread without a worker looks for a change of state.
constexpr auto kLookInterval = 10ms;

/// Of a channel that is READY on one worker and IDLE on another, that it is READY.
ChannelState best_state(const std::vector<WorkerChannel::View>& parts) noexcept {
  using enum ChannelState;
  for (const auto state : {kReady, kConnecting, kTransientFailure}) {
    if (std::ranges::find(parts, state, &WorkerChannel::View::state) != parts.end()) return state;
  }
  return kIdle;
}

bool has_lasting_worker() noexcept {
  const auto* worker = Worker::current();
  return worker && !worker->is_passing();
}

}  // namespace

ChannelImpl::ChannelImpl(std::shared_ptr<Shared> shared, Worker& home, std::shared_ptr<Runtime> runtime)
    : runtime_(std::move(runtime)), shared_(std::move(shared)), home_(home) {}

ChannelImpl::~ChannelImpl() { close(); }

Worker& ChannelImpl::worker() const noexcept { return has_lasting_worker() ? *Worker::current() : home_; }

ClientCallPtr ChannelImpl::start_call(const Method& method, CallOptions options) {
  if (!has_lasting_worker()) return RemoteCall::start(shared_, home_, runtime_, method, std::move(options));
  return Call::start_here(shared_, method, std::move(options));
}

ChannelState ChannelImpl::state() const { return shared_->parts.state(worker()); }

void ChannelImpl::connect() {
  if (has_lasting_worker()) return shared_->parts.here(shared_)->connect();
  home_.post([shared = shared_] { shared->parts.here(shared)->connect(); });
}

Task<ChannelState> ChannelImpl::changed_from(ChannelState state) {
  if (has_lasting_worker()) {
    const auto part = shared_->parts.here(shared_);
    auto change = part->changed_from(state);
    co_return co_await std::move(change);
  }
  while (this->state() == state) {
    auto pause = sleep_for(kLookInterval);
    co_await std::move(pause);
  }
  co_return this->state();
}

void ChannelImpl::close() { shared_->parts.close(unavailable("the channel to {} is closed", shared_->target.text)); }

Task<channelz::Channel> ChannelImpl::inspect() const {
  Gathering<WorkerChannel::View> views;
  shared_->parts.each([&views](WorkerChannel& part) {
    views.ask(part.worker(), [part = part.weak_from_this()] {
      const auto alive = part.lock();
      return alive ? alive->inspect() : WorkerChannel::View();
    });
  });
  auto gathering = views.wait();
  auto parts = co_await std::move(gathering);
  channelz::Channel channel;
  channel.id = id_;
  channel.target = shared_->target.text;
  channel.state = shared_->parts.closed() ? ChannelState::kShutdown : best_state(parts);
  for (auto& part : parts) {
    channel.calls = call::sum(channel.calls, part.calls);
    std::ranges::move(part.subchannels, std::back_inserter(channel.subchannels));
  }
  co_return channel;
}

}  // namespace plinth::client

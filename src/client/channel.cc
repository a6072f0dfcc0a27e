#include "client/channel.h"

#include "client/call.h"
#include "client/remote_call.h"
#include "plinth/async.h"

namespace plinth::client {

using namespace std::chrono_literals;

namespace {

/// How often a thread without a worker looks for a change of state.
constexpr auto kLookInterval = 10ms;

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

}  // namespace plinth::client

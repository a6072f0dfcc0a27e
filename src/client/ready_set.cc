#include "client/ready_set.h"

#include <algorithm>
#include <utility>

#include "client/named_failure.h"

namespace plinth::client {

void ReadySet::on_backends(std::span<Subchannel* const> backends) {
  std::vector<Backend> next;
  for (auto* subchannel : backends) next.push_back(remembered(*subchannel));
  backends_ = std::move(next);
  for (auto& backend : backends_) look_at(backend);
  update();
}

void ReadySet::on_state(Subchannel& subchannel) {
  const auto backend = std::ranges::find(backends_, &subchannel, &Backend::subchannel);
  if (backend == backends_.end()) return;
  const auto now = subchannel.state();
  const bool lost = backend->state == ChannelState::kReady && now != ChannelState::kReady;
  if (lost || now == ChannelState::kTransientFailure) host_.resolve_again();
  look_at(*backend);
  update();
}

Pick ReadySet::pick(const PickArguments&) {
  if (!ready_.empty()) return Pick::use(choose(ready_));
  return state_ == ChannelState::kTransientFailure ? Pick::fail(failure_) : Pick::wait();
}

ReadySet::Backend ReadySet::remembered(Subchannel& subchannel) const noexcept {
  const auto found = std::ranges::find(backends_, &subchannel, &Backend::subchannel);
  return found == backends_.end() ? Backend{&subchannel, ChannelState::kIdle} : *found;
}

void ReadySet::look_at(Backend& backend) {
  auto& subchannel = *backend.subchannel;
  const auto now = subchannel.state();
  const bool still_failed = backend.state == ChannelState::kTransientFailure && now != ChannelState::kReady;
  if (!still_failed) backend.state = now;
  if (now == ChannelState::kTransientFailure) failure_ = unavailable("{}", named_failure(subchannel));
  if (now == ChannelState::kIdle) subchannel.connect();
}

ChannelState ReadySet::aggregated() const noexcept {
  if (!ready_.empty()) return ChannelState::kReady;
  const auto failed = [](const Backend& backend) { return backend.state == ChannelState::kTransientFailure; };
  return std::ranges::all_of(backends_, failed) ? ChannelState::kTransientFailure : ChannelState::kConnecting;
}

void ReadySet::update() {
  ready_.clear();
  for (const auto& backend : backends_) {
    if (backend.state == ChannelState::kReady) ready_.push_back(backend.subchannel);
  }
  const auto before = std::exchange(state_, aggregated());
  if (state_ == ChannelState::kTransientFailure) return host_.changed(state_, failure_);
  if (state_ != before) host_.changed(state_, {});
}

}  // namespace plinth::client

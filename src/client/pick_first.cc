#include "client/pick_first.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "client/named_failure.h"

namespace plinth::client {

using namespace std::chrono_literals;

namespace {

constexpr auto kAttemptDelay = 250ms;

std::string_view family(const Subchannel& subchannel) noexcept {
  const std::string_view address = subchannel.address();
  return address.substr(0, address.find(':'));
}

/// By family, the one of the first address first.
std::vector<std::vector<Subchannel*>> families(std::span<Subchannel* const> backends) {
  std::vector<std::vector<Subchannel*>> families;
  for (auto* backend : backends) {
    const auto same = [&](const auto& members) { return family(*members.front()) == family(*backend); };
    const auto found = std::ranges::find_if(families, same);
    if (found == families.end()) {
      families.push_back({backend});
    } else {
      found->push_back(backend);
    }
  }
  return families;
}

std::vector<Subchannel*> interleaved(std::span<Subchannel* const> backends) {
  const auto by_family = families(backends);
  std::vector<Subchannel*> order;
  for (std::size_t turn = 0; order.size() < backends.size(); ++turn) {
    for (const auto& members : by_family) {
      if (turn < members.size()) order.push_back(members[turn]);
    }
  }
  return order;
}

void shuffle(std::vector<Subchannel*>& backends, RandomIndex& random) {
  for (auto rest = backends.size(); rest > 1; --rest) std::swap(backends[rest - 1], backends[random(rest)]);
}

void give_up_connection(Subchannel& subchannel) {
  const auto state = subchannel.state();
  if (state == ChannelState::kConnecting || state == ChannelState::kReady) subchannel.disconnect();
}

}  // namespace

PickFirst::PickFirst(Host& host, PickFirstOptions options, RandomIndex random)
    : host_(host), options_(options), random_(std::move(random)) {}

void PickFirst::on_backends(std::span<Subchannel* const> backends) {
  backends_.clear();
  for (auto* subchannel : in_order_of_attempts(backends)) backends_.push_back({subchannel, {}});
  if (selected_ && std::ranges::find(backends, selected_) != backends.end()) return;
  switch (state_) {
    case ChannelState::kIdle: return set_state(ChannelState::kIdle);
    case ChannelState::kTransientFailure: return begin_pass(ChannelState::kTransientFailure);
    default: return begin_pass(ChannelState::kConnecting);
  }
}

void PickFirst::on_state(Subchannel& subchannel) {
  if (&subchannel == selected_) return on_selected();
  if (selected_) return give_up_connection(subchannel);
  const auto backend = std::ranges::find(backends_, &subchannel, &Backend::subchannel);
  if (backend == backends_.end() || state_ == ChannelState::kIdle) return;
  switch (subchannel.state()) {
    case ChannelState::kReady: return select(subchannel);
    case ChannelState::kTransientFailure: return on_failure(*backend);
    case ChannelState::kIdle: return on_idle(*backend);
    default: return;
  }
}

void PickFirst::on_wake() { attempt_next(); }

void PickFirst::leave_idle() {
  if (state_ == ChannelState::kIdle && !backends_.empty()) begin_pass(ChannelState::kConnecting);
}

Pick PickFirst::pick(const PickArguments&) {
  leave_idle();
  switch (state_) {
    case ChannelState::kReady: return Pick::use(*selected_);
    case ChannelState::kTransientFailure: return Pick::fail(failure_);
    default: return Pick::wait();
  }
}

std::vector<Subchannel*> PickFirst::in_order_of_attempts(std::span<Subchannel* const> backends) {
  std::vector<Subchannel*> order(backends.begin(), backends.end());
  if (options_.shuffle_address_list) shuffle(order, random_);
  return interleaved(order);
}

void PickFirst::set_state(ChannelState state) {
  state_ = state;
  host_.changed(state, state == ChannelState::kTransientFailure ? failure_ : Status());
}

void PickFirst::begin_pass(ChannelState state) {
  selected_ = nullptr;
  passing_ = true;
  next_ = 0;
  set_state(state);
  attempt_next();
}

/// The pass ends here, when there is nothing left to attempt or to wait for.
void PickFirst::attempt_next() {
  while (passing_ && next_ < backends_.size()) {
    if (attempt(backends_[next_++])) return;
  }
  if (passing_ && all_failed()) fail();
}

/// Whether it has begun.
bool PickFirst::attempt(Backend& backend) {
  auto& subchannel = *backend.subchannel;
  if (subchannel.state() == ChannelState::kTransientFailure) {
    backend.failure = named_failure(subchannel);
    return false;
  }
  backend.failure.clear();
  if (subchannel.state() == ChannelState::kReady) {
    select(subchannel);
    return true;
  }
  if (next_ < backends_.size()) host_.wake_at(host_.now() + kAttemptDelay);
  subchannel.connect();
  return true;
}

void PickFirst::select(Subchannel& subchannel) {
  selected_ = &subchannel;
  passing_ = false;
  for (auto& backend : backends_) {
    if (backend.subchannel != selected_) give_up_connection(*backend.subchannel);
  }
  set_state(ChannelState::kReady);
}

void PickFirst::on_selected() {
  if (selected_->state() == ChannelState::kReady) return;
  host_.resolve_again();
  begin_pass(ChannelState::kConnecting);
}

void PickFirst::on_failure(Backend& backend) {
  backend.failure = named_failure(*backend.subchannel);
  if (!passing_) {
    if (++failures_ == backends_.size()) fail();
    return;
  }
  const bool youngest = place_of(backend) + 1 == next_;
  if (youngest || next_ == backends_.size()) attempt_next();
}

void PickFirst::on_idle(Backend& backend) {
  // In a pass: it was ready, and lost, before anybody looked.
  const bool under_way = place_of(backend) < next_ && backend.failure.empty();
  if (!passing_ || under_way) backend.subchannel->connect();
}

std::size_t PickFirst::place_of(const Backend& backend) const noexcept {
  return static_cast<std::size_t>(&backend - backends_.data());
}

bool PickFirst::all_failed() const noexcept {
  return std::ranges::none_of(backends_, &std::string::empty, &Backend::failure);
}

void PickFirst::fail() {
  passing_ = false;
  failures_ = 0;
  std::string reasons;
  for (const auto& backend : backends_) reasons.append(reasons.empty() ? "" : "; ").append(backend.failure);
  failure_ = unavailable("{}", reasons);
  set_state(ChannelState::kTransientFailure);
  host_.resolve_again();
  for (auto& backend : backends_) backend.subchannel->connect();
}

}  // namespace plinth::client

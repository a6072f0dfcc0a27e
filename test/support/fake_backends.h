#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/load_balancer.h"

namespace plinth::test {

/// A backend whose connection goes as the test says.
class FakeSubchannel final : public Subchannel {
 public:
  using Report = std::function<void(FakeSubchannel&, std::string_view what)>;

  FakeSubchannel(std::string address, Report report) : address_(std::move(address)), report_(std::move(report)) {}

  const std::string& address() const noexcept override { return address_; }
  ChannelState state() const noexcept override { return state_; }
  const Status& failure() const noexcept override { return failure_; }
  std::size_t calls() const noexcept override { return calls_; }

  void connect() override {
    if (state_ != ChannelState::kIdle) return;
    state_ = ChannelState::kConnecting;
    report_(*this, "connect ");
  }
  void disconnect() override {
    if (state_ == ChannelState::kIdle) return;
    state_ = ChannelState::kIdle;
    report_(*this, "disconnect ");
  }

  void become(ChannelState state, Status failure = {}) {
    state_ = state;
    failure_ = std::move(failure);
  }
  void set_calls(std::size_t calls) noexcept { calls_ = calls; }

 private:
  std::string address_;
  Report report_;
  ChannelState state_ = ChannelState::kIdle;
  Status failure_;
  std::size_t calls_ = 0;
};

/// The channel that a policy lives in: its backends, a clock that stands until it is moved, and a diary of what the
/// policy has asked for. Backends that leave the list are destroyed, so that a sanitizer sees who touches them then.
class FakeBackends final : public LoadBalancer::Host {
 public:
  /// In the order of events: "CONNECTING", "connect ipv4:a", "disconnect ipv4:a", "resolve", "wake in 250 ms".
  using Diary = std::vector<std::string>;

  /// Before anything else.
  void use(LoadBalancer& policy) noexcept { policy_ = &policy; }

  /// From inside of `connect` and `disconnect` the policy is told of the new state; else it is not told at all.
  void tell_at_once() noexcept { tell_at_once_ = true; }
  /// Every `changed` picks, as a channel does that has a waiting call.
  void on_changed(std::function<void()> pick) { on_changed_ = std::move(pick); }

  void give(const std::vector<std::string>& addresses) {
    auto last = std::exchange(backends_, {});
    std::vector<Subchannel*> list;
    for (const auto& address : addresses) list.push_back(&adopt(last, address));
    policy_->on_backends(list);
  }

  void ready(std::string_view address) { become(address, ChannelState::kReady); }
  void idle(std::string_view address) { become(address, ChannelState::kIdle); }
  void fail(std::string_view address, std::string why = "Connection refused") {
    become(address, ChannelState::kTransientFailure, Status(StatusCode::kUnavailable, std::move(why)));
  }
  void become(std::string_view address, ChannelState state, Status failure = {}) {
    at(address).become(state, std::move(failure));
    policy_->on_state(at(address));
  }

  void advance(Duration time) {
    const auto end = now_ + time;
    while (wake_ && *wake_ <= end) {
      now_ = std::max(now_, *std::exchange(wake_, {}));
      policy_->on_wake();
    }
    now_ = end;
  }

  /// "ipv4:a", "wait", or "fail: " and the message.
  std::string pick() {
    const auto pick = policy_->pick({method_, metadata_});
    switch (pick.kind) {
      case Pick::Kind::kSubchannel: return pick.subchannel->address();
      case Pick::Kind::kWait: return "wait";
      case Pick::Kind::kFail: return "fail: " + pick.status.message();
    }
    return "nothing";
  }

  FakeSubchannel& at(std::string_view address) {
    return **std::ranges::find_if(backends_, [&](auto& backend) { return backend->address() == address; });
  }
  const std::vector<std::unique_ptr<FakeSubchannel>>& all() const noexcept { return backends_; }

  /// What has happened since this was last called.
  Diary happened() { return std::exchange(diary_, {}); }
  ChannelState state() const noexcept { return state_; }
  const Status& failure() const noexcept { return failure_; }

  void changed(ChannelState state, const Status& failure) override {
    diary_.emplace_back(to_string(state));
    state_ = state;
    failure_ = failure;
    if (on_changed_) on_changed_();
  }
  void resolve_again() override { diary_.emplace_back("resolve"); }
  void wake_at(TimePoint when) override {
    wake_ = when;
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(when - now_);
    diary_.push_back("wake in " + std::to_string(wait.count()) + " ms");
  }
  TimePoint now() const noexcept override { return now_; }

 private:
  using Backends = std::vector<std::unique_ptr<FakeSubchannel>>;

  FakeSubchannel& adopt(Backends& last, const std::string& address) {
    const auto known = std::ranges::find_if(last, [&](auto& b) { return b && b->address() == address; });
    backends_.push_back(known != last.end() ? std::move(*known) : make(address));
    return *backends_.back();
  }
  std::unique_ptr<FakeSubchannel> make(const std::string& address) {
    return std::make_unique<FakeSubchannel>(
        address, [this](FakeSubchannel& backend, std::string_view what) { on_wish(backend, what); });
  }
  void on_wish(FakeSubchannel& backend, std::string_view what) {
    diary_.push_back(std::string(what) + backend.address());
    if (tell_at_once_) policy_->on_state(backend);
  }

  LoadBalancer* policy_ = nullptr;
  bool tell_at_once_ = false;
  std::function<void()> on_changed_;
  Backends backends_;
  Diary diary_;
  ChannelState state_ = ChannelState::kIdle;
  Status failure_;
  std::optional<TimePoint> wake_;
  TimePoint now_{std::chrono::hours(1)};
  Method method_{"/test.Text/Unary"};
  Metadata metadata_;
};

}  // namespace plinth::test

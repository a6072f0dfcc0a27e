#pragma once

#include <vector>

#include "plinth/load_balancer.h"

namespace plinth::client {

/// What the policies have in common that keep a connection to every backend, and choose among those that are ready
/// (gRFC A48, "Subchannel connectivity management" and "Aggregated Connectivity State").
///
/// The state of the channel:
///   READY              at least one backend is;
///   CONNECTING         else, when at least one is not in TRANSIENT_FAILURE;
///   TRANSIENT_FAILURE  else. Calls fail with the latest failure, and the address that it happened to.
/// A backend that has failed counts as TRANSIENT_FAILURE until it is ready, though it connects again after its backoff.
/// Addresses are asked for again when an attempt fails, and when a connection is lost.
class ReadySet : public LoadBalancer {
 public:
  explicit ReadySet(Host& host) noexcept : host_(host) {}

  void on_backends(std::span<Subchannel* const> backends) override;
  void on_state(Subchannel& subchannel) override;
  void leave_idle() override {}
  Pick pick(const PickArguments& arguments) override;

 private:
  struct Backend {
    Subchannel* subchannel;
    ChannelState state;  // as it counts
  };

  /// One of these, which are in the resolver's order. There is at least one.
  virtual Subchannel& choose(std::span<Subchannel* const> ready) = 0;

  Backend remembered(Subchannel& subchannel) const noexcept;
  void look_at(Backend& backend);
  ChannelState aggregated() const noexcept;
  void update();

  Host& host_;
  std::vector<Backend> backends_;
  std::vector<Subchannel*> ready_;
  ChannelState state_ = ChannelState::kIdle;
  Status failure_;
};

}  // namespace plinth::client

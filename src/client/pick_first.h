#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/random_index.h"
#include "plinth/load_balancer.h"

namespace plinth::client {

struct PickFirstOptions {
  /// Each new list of addresses is shuffled first (A62's shuffleAddressList), so that not all clients choose the same.
  bool shuffle_address_list = false;
};

/// One connection for all calls: to the first address that can be reached (gRFC A62), with Happy Eyeballs (gRFC A61).
///
///     IDLE --leave_idle, pick--> CONNECTING --a backend is ready--> READY
///                                  |     ^                          |  ^
///                     every backend|     +---its connection is lost-+  |
///                        has failed|                                   |
///                                  +--> TRANSIENT_FAILURE --one is ready
///
/// CONNECTING is a pass through the addresses, families interleaved (RFC 8305, section 4): the next attempt begins when
/// the youngest one fails, or 250 ms after that began (section 5); the older ones go on. A backend that is in backoff
/// counts as one that has failed. The first ready one is chosen, and what the others have is given up.
///
/// In TRANSIENT_FAILURE it connects to every backend as soon as its backoff is over, whatever the order, and asks for
/// new addresses after as many failures as there are backends.
///
/// A new list changes nothing while the chosen backend is in it. Else a new pass begins, in TRANSIENT_FAILURE when that
/// is the state: only a ready backend ends it. In IDLE there is no pass, and IDLE is said again.
///
/// Unlike A62 a lost connection is replaced at once, without waiting for a call. Outlier detection must not be used
/// below this policy: ejection is a lost connection to it (A61, "Reasons for Generic Health Reporting").
class PickFirst final : public LoadBalancer {
 public:
  PickFirst(Host& host, PickFirstOptions options, RandomIndex random = random_index);

  void on_backends(std::span<Subchannel* const> backends) override;
  void on_state(Subchannel& subchannel) override;
  void on_wake() override;
  void leave_idle() override;
  Pick pick(const PickArguments& arguments) override;

 private:
  struct Backend {
    Subchannel* subchannel;
    /// Why its latest attempt failed, with its address; empty when it did not.
    std::string failure;
  };

  std::vector<Subchannel*> in_order_of_attempts(std::span<Subchannel* const> backends);
  void set_state(ChannelState state);
  void begin_pass(ChannelState state);
  void attempt_next();
  bool attempt(Backend& backend);
  void select(Subchannel& subchannel);
  void on_selected();
  void on_failure(Backend& backend);
  void on_idle(Backend& backend);
  std::size_t place_of(const Backend& backend) const noexcept;
  bool all_failed() const noexcept;
  void fail();

  Host& host_;
  PickFirstOptions options_;
  RandomIndex random_;
  std::vector<Backend> backends_;  // in the order of attempts
  ChannelState state_ = ChannelState::kIdle;
  Status failure_;
  Subchannel* selected_ = nullptr;
  bool passing_ = false;
  std::size_t next_ = 0;      // the next to attempt in this pass
  std::size_t failures_ = 0;  // since the last time that new addresses were asked for
};

}  // namespace plinth::client

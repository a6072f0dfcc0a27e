#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "plinth/channel_state.h"
#include "plinth/deadline.h"
#include "plinth/metadata.h"
#include "plinth/method.h"
#include "plinth/status.h"

namespace plinth {

/// One backend of a channel on one worker, as a policy sees it.
///
/// IDLE until `connect`; then CONNECTING, and READY or TRANSIENT_FAILURE. After TRANSIENT_FAILURE and its backoff it is
/// IDLE again, as it is when its connection is lost.
class Subchannel {
 public:
  /// "ipv4:10.0.0.1:50051"
  virtual const std::string& address() const noexcept = 0;
  virtual ChannelState state() const noexcept = 0;
  /// Why it is in TRANSIENT_FAILURE. Valid until its state changes.
  virtual const Status& failure() const noexcept = 0;
  /// Calls that it has now, and those that wait for a stream of it, of this worker.
  virtual std::size_t calls() const noexcept = 0;

  /// Leaves IDLE; else does nothing.
  virtual void connect() = 0;
  /// Back to IDLE: its calls go on, new ones need a new connection.
  virtual void disconnect() = 0;

 protected:
  ~Subchannel() = default;
};

/// What becomes of a call that needs a backend.
struct Pick {
  enum class Kind : std::uint8_t { kSubchannel, kWait, kFail };

  /// One that is READY: the call waits there until it has room for a stream, and is picked for again when it is READY
  /// no more. With another one, the call waits until the policy says `changed`.
  static Pick use(Subchannel& subchannel) noexcept { return {Kind::kSubchannel, &subchannel, {}}; }
  /// Until the policy says `changed`.
  static Pick wait() noexcept { return {Kind::kWait, nullptr, {}}; }
  /// With this status; a call that waits for ready waits instead.
  static Pick fail(Status status) noexcept { return {Kind::kFail, nullptr, std::move(status)}; }

  Kind kind;
  Subchannel* subchannel;
  Status status;
};

/// What a policy may know of the call it picks for, until `pick` returns.
struct PickArguments {
  const Method& method;
  const Metadata& metadata;
};

/// Chooses a backend for each call. Lives, with its subchannels, on one worker; its functions are called there, and
/// must not wait.
class LoadBalancer {
 public:
  /// What a policy may ask of its channel. May be called from inside of every function of the policy.
  class Host {
   public:
    /// The state of the channel is now this one (`failure`: why, when it is TRANSIENT_FAILURE), and calls that wait
    /// should be picked for again.
    virtual void changed(ChannelState state, const Status& failure) = 0;
    /// The addresses may be out of date.
    virtual void resolve_again() = 0;
    /// `on_wake` will be called then, unless another time is set before.
    virtual void wake_at(TimePoint when) = 0;
    virtual TimePoint now() const noexcept = 0;

   protected:
    ~Host() = default;
  };

  virtual ~LoadBalancer() = default;

  /// The backends there are, in the resolver's order; never empty. Those of the last list that are not in this one
  /// are gone: what the policy knows of them must be forgotten before this returns.
  virtual void on_backends(std::span<Subchannel* const> backends) = 0;
  /// The state of one of them has changed. Also called from inside of a subchannel's `connect` and `disconnect`.
  virtual void on_state(Subchannel& subchannel) = 0;
  virtual void on_wake() {}
  /// The channel is wanted: somebody calls or asks it to connect, or new backends have been given. Does nothing unless
  /// the policy is IDLE.
  virtual void leave_idle() = 0;

  virtual Pick pick(const PickArguments& arguments) = 0;
};

/// Makes the policy for each worker of a channel; they may ask at the same time. The host outlives its policy.
class LoadBalancerFactory {
 public:
  virtual ~LoadBalancerFactory() = default;
  virtual std::unique_ptr<LoadBalancer> make(LoadBalancer::Host& host) const = 0;
};

}  // namespace plinth

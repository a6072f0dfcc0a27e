#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "plinth/call_context.h"

namespace plinth {

/// What happens to an attempt between its interceptors and the server.
struct AttemptEvent {
  enum class Kind : std::uint8_t {
    /// The names of the target are resolved, for which it had to wait.
    kResolved,
    /// It has a connection, for which it had to wait.
    kPicked,
    kMessageSent,
    kMessageReceived,
  };
  Kind kind;
  /// Of a message, as it travels, without what frames it.
  std::size_t bytes = 0;
  bool compressed = false;
};

/// A call, or one attempt of it, as the interceptors of a client see it.
class ClientContext : public CallContext {
 public:
  ClientContext* as_client() noexcept final { return this; }

  /// Sent before the first message: changed until `next` is called.
  virtual Metadata& request_metadata() noexcept = 0;

  /// Of the channel, as it was given: "dns:///myservice:50051".
  virtual std::string_view target() const noexcept = 0;

  /// Whether its connections are TLS.
  virtual bool secure() const noexcept = 0;

  /// How many attempts of the call have been sent so far.
  virtual std::size_t attempts() const noexcept = 0;

  /// What the interceptor stands around: 0 for the call, 1 for its first attempt, and so on.
  virtual std::size_t attempt() const noexcept = 0;

  /// Whether this attempt is made because the server has never looked at the one before (gRFC A6, "Transparent
  /// Retries"). False for the call.
  virtual bool transparent() const noexcept = 0;

  /// The call whose handler makes this one; null outside of handlers, and in a blocking one once an
  /// interceptor of the call has waited. To be asked before the interceptor's first co_await: the handler may go on
  /// without this call.
  virtual CallContext* caller() const noexcept = 0;

  /// Whether the message that was taken last had been compressed.
  virtual bool received_compressed() const noexcept = 0;

  using AttemptObserver = std::function<void(const AttemptEvent&)>;
  /// Around an attempt: from now on, until what `next` gave has ended, `observer` hears what happens to it. What it
  /// throws ends the attempt. Around the call it hears nothing.
  virtual void observe_attempt(AttemptObserver observer) = 0;

 protected:
  ClientContext() = default;
  explicit ClientContext(CallContext& outer) : CallContext(outer) {}
  ~ClientContext() = default;
};

}  // namespace plinth

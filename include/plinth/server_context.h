#pragma once

#include <memory>
#include <string>

#include "plinth/call_context.h"
#include "plinth/status.h"

namespace plinth {

class ScopedInstances;

/// A call as its handler sees it.
class ServerContext : public CallContext {
 public:
  ServerContext* as_server() noexcept final { return this; }

  /// Ends the call with this status, from however deep inside of the handler: throws StatusError.
  [[noreturn]] void abort(StatusCode code, std::string message) { throw StatusError(Status(code, std::move(message))); }
  [[noreturn]] void abort(Status status) { throw StatusError(std::move(status)); }

  /// Sends the initial metadata now instead of with the first message. A second time does nothing.
  virtual void send_initial_metadata() = 0;

  /// Whether the messages sent from now on are compressed (gzip), if the client accepts it. It must have been switched
  /// on when the initial metadata is sent. From the start it is on when the client compresses its own messages.
  virtual void set_compression(bool on) = 0;

  /// Whether the message that was received last had been compressed.
  virtual bool received_compressed() const noexcept = 0;

  /// What the container has made for this call alone.
  virtual ScopedInstances& scoped_instances() = 0;

 protected:
  ~ServerContext() = default;
};

}  // namespace plinth

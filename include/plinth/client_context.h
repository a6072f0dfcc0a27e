#pragma once

#include <cstddef>
#include <string_view>

#include "plinth/call_context.h"

namespace plinth {

/// A call as the interceptors of a client see it.
class ClientContext : public CallContext {
 public:
  ClientContext* as_client() noexcept final { return this; }

  /// Sent before the first message: changed until `next` is called.
  virtual Metadata& request_metadata() noexcept = 0;

  /// Of the channel, as it was given: "dns:///myservice:50051".
  virtual std::string_view target() const noexcept = 0;

  /// How many attempts have been sent so far.
  virtual std::size_t attempts() const noexcept = 0;

  /// Whether the message that was taken last had been compressed.
  virtual bool received_compressed() const noexcept = 0;

 protected:
  ~ClientContext() = default;
};

}  // namespace plinth

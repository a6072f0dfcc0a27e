#pragma once

#include "plinth/status.h"

namespace plinth::client {

/// Told how a backend's service is (gRFC A17).
class HealthObserver {
 public:
  /// The answer has changed, or cannot be had; OK: it is serving. A server without health checks is.
  virtual void on_health(const Status& health) = 0;

 protected:
  ~HealthObserver() = default;
};

}  // namespace plinth::client

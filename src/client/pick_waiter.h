#pragma once

#include "plinth/load_balancer.h"

namespace plinth::client {

class Backend;
class Connection;

/// Needs a connection, now or as soon as there is one.
class PickWaiter : public detail::ListNode {
 public:
  virtual PickArguments pick_arguments() const noexcept = 0;
  virtual bool waits_for_ready() const noexcept = 0;
  /// Says whether it could use the connection.
  virtual bool on_picked(Backend& backend, Connection& connection) = 0;
  virtual void on_pick_failed(Status status) = 0;

 protected:
  ~PickWaiter() = default;
};

}  // namespace plinth::client

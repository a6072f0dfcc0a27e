#pragma once

#include <memory>
#include <optional>
#include <string>

#include "async/later.h"
#include "call/inbound.h"
#include "client/backoff.h"
#include "client/exchange.h"
#include "client/health_observer.h"

namespace plinth::client {

/// Asks a backend whether a service of it is healthy, on one connection, until that takes no more streams (gRFC A17): a
/// call of grpc.health.v1.Health/Watch, begun anew after a pause when it fails.
class HealthWatch final : private Exchange::Owner {
 public:
  /// All of these must outlive the watch.
  HealthWatch(Backend& backend, Connection& connection, const Shared& shared, HealthObserver& observer);

  void start();
  /// The connection is wanted for nothing new: the call ends.
  void stop();
  bool is_on(const Connection& connection) const noexcept { return &connection == &connection_; }

 private:
  void on_head(Exchange& exchange) override;
  Status on_message_bytes(base::ByteView bytes) override;
  void on_sent() override {}
  void on_exchange_end(Exchange& exchange) override;

  void send_request();
  void pause();
  Status take_answers();

  Backend& backend_;
  Connection& connection_;
  const Shared& shared_;
  HealthObserver& observer_;
  std::optional<Exchange> exchange_;
  call::Inbound inbound_;
  Backoff backoff_{kConnectionBackoff};
  Alarm<HealthWatch> pause_{*this, &HealthWatch::start};
};

}  // namespace plinth::client

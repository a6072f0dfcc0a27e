#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "plinth/deadline.h"

namespace plinth {

/// The files of a client's TLS, in PEM.
struct ClientTlsSettings {
  /// Servers must show a certificate that one of these has signed; without it, one that the system trusts.
  std::string ca_file = "";
  /// The client's own certificate, for servers that ask for one.
  std::string cert_file = "";
  std::string key_file = "";
};

/// How a channel chooses among the addresses of its target.
enum class LbPolicy : std::uint8_t { kPickFirst, kRoundRobin, kLeastRequest };

/// How channels call, retry and give up. `Settings` fills it from GRPC__CLIENT__...; doc/settings.md has the table.
struct ClientSettings {
  /// How long a call without a deadline of its own may take.
  Duration default_timeout = std::chrono::seconds(30);
  bool enable_retry = true;
  /// Attempts after the first; 0: none.
  std::size_t max_retries = 3;
  Duration retry_backoff_base = std::chrono::seconds(1);
  Duration retry_backoff_max = std::chrono::seconds(30);
  double retry_backoff_multiplier = 2.0;
  bool enable_circuit_breaker = true;
  /// Consecutive failures that open it.
  std::size_t circuit_breaker_threshold = 5;
  /// How long it stays open before it lets probes through.
  Duration circuit_breaker_timeout = std::chrono::seconds(30);
  /// Bytes of one message, after decompression.
  std::size_t max_message_size = 4 * 1024 * 1024;
  /// How long a silent connection is left alone before it is pinged; none: for ever. Less than 10 s counts as 10 s
  /// (gRFC A8).
  std::optional<std::chrono::milliseconds> keepalive_time = std::nullopt;
  /// How long it then has to answer.
  std::chrono::milliseconds keepalive_timeout = std::chrono::seconds(20);
  ClientTlsSettings tls = {};
  LbPolicy lb_policy = LbPolicy::kPickFirst;
};

}  // namespace plinth

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace plinth {

/// The files of a server's TLS, in PEM. Without a certificate the server speaks in the clear.
struct ServerTlsSettings {
  std::string cert_file = "";
  std::string key_file = "";
  /// Clients must show a certificate that one of these has signed.
  std::string client_ca_file = "";
};

/// How a server listens, and what it allows. `Settings` fills it from GRPC__SERVER__...; doc/settings.md has the table.
struct ServerSettings {
  bool enabled = true;
  /// An address, a name, or "unix:/path".
  std::string host = "0.0.0.0";
  /// 0: any that is free.
  std::uint16_t port = 50051;
  /// 0: as many as the cores that the process may use.
  std::size_t max_workers = 0;
  /// 0: no limit.
  std::size_t max_concurrent_rpcs = 0;
  bool reflection_enabled = true;
  bool health_check_enabled = true;
  /// Bytes of one message, after decompression.
  std::size_t max_message_size = 4 * 1024 * 1024;
  /// How long a silent connection is left alone before it is pinged; 0: for ever.
  std::chrono::milliseconds keepalive_time = std::chrono::hours(2);
  /// How long it then has to answer.
  std::chrono::milliseconds keepalive_timeout = std::chrono::seconds(20);
  /// How long running calls may go on when the server stops.
  std::chrono::milliseconds shutdown_grace = std::chrono::seconds(5);
  ServerTlsSettings tls = {};
  std::optional<std::chrono::milliseconds> max_connection_age = std::nullopt;
  std::optional<std::chrono::milliseconds> max_connection_age_grace = std::nullopt;
  std::optional<std::chrono::milliseconds> max_connection_idle = std::nullopt;
};

}  // namespace plinth

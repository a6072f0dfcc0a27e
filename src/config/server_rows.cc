#include "config/row.h"
#include "config/texts.h"

namespace plinth::config {

using std::size_t;
using std::chrono::milliseconds;

Rows server_rows() {
  auto max_workers = row("GRPC__SERVER__MAX_WORKERS", PLINTH_MEMBER(grpc.server.max_workers), whole<size_t>(1, 1024),
                         "Threads that serve calls.");
  max_workers.default_value = "cores available";
  return {
      row("GRPC__SERVER__ENABLED", PLINTH_MEMBER(grpc.server.enabled), flag(), "Whether the program serves gRPC."),
      row("GRPC__SERVER__HOST", PLINTH_MEMBER(grpc.server.host), host_or_socket(), "Where the server listens."),
      row("GRPC__SERVER__PORT", PLINTH_MEMBER(grpc.server.port), whole<std::uint16_t>(0, 65535),
          "The port; 0 takes any that is free."),
      std::move(max_workers),
      row("GRPC__SERVER__MAX_CONCURRENT_RPCS", PLINTH_MEMBER(grpc.server.max_concurrent_rpcs),
          whole<size_t>(0, 1'000'000), "Calls at the same time; more are refused. 0: no limit."),
      row("GRPC__SERVER__REFLECTION_ENABLED", PLINTH_MEMBER(grpc.server.reflection_enabled), flag(),
          "Whether clients may ask which services there are."),
      row("GRPC__SERVER__HEALTH_CHECK_ENABLED", PLINTH_MEMBER(grpc.server.health_check_enabled), flag(),
          "Whether the health service answers."),
      row("GRPC__SERVER__MAX_MESSAGE_SIZE", PLINTH_MEMBER(grpc.server.max_message_size),
          whole<size_t>(1024, kLargestMessage), "Bytes of the largest message, after decompression."),
      row("GRPC__SERVER__KEEPALIVE_TIME_MS", PLINTH_MEMBER(grpc.server.keepalive_time),
          in_milliseconds<milliseconds>(0), "After this silence a connection is pinged. 0: never."),
      row("GRPC__SERVER__KEEPALIVE_TIMEOUT_MS", PLINTH_MEMBER(grpc.server.keepalive_timeout),
          in_milliseconds<milliseconds>(0), "A connection that does not answer a ping for so long is closed."),
      row("GRPC__SERVER__SHUTDOWN_GRACE", PLINTH_MEMBER(grpc.server.shutdown_grace),
          in_seconds<milliseconds>(Zero::kAllowed), "How long running calls may go on when the server stops."),
      row("GRPC__SERVER__TLS__CERT_FILE", PLINTH_MEMBER(grpc.server.tls.cert_file), path(),
          "The certificate, in PEM. Without it the server speaks in the clear."),
      row("GRPC__SERVER__TLS__KEY_FILE", PLINTH_MEMBER(grpc.server.tls.key_file), path(),
          "The key of the certificate, in PEM."),
      row("GRPC__SERVER__TLS__CLIENT_CA_FILE", PLINTH_MEMBER(grpc.server.tls.client_ca_file), path(),
          "Clients must show a certificate that one of these has signed."),
      row("GRPC__SERVER__MAX_CONNECTION_AGE_MS", PLINTH_MEMBER(grpc.server.max_connection_age),
          or_off(in_milliseconds<milliseconds>(1)), "After so long a connection is asked to go."),
      row("GRPC__SERVER__MAX_CONNECTION_AGE_GRACE_MS", PLINTH_MEMBER(grpc.server.max_connection_age_grace),
          or_off(in_milliseconds<milliseconds>(0)), "How long its calls may then go on. off: to their end."),
      row("GRPC__SERVER__MAX_CONNECTION_IDLE_MS", PLINTH_MEMBER(grpc.server.max_connection_idle),
          or_off(in_milliseconds<milliseconds>(1)), "After so long without a call a connection is asked to go."),
  };
}

}  // namespace plinth::config

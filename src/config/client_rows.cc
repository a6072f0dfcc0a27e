#include "config/row.h"
#include "config/texts.h"

namespace plinth::config {

using std::size_t;
using std::chrono::milliseconds;

namespace {

Kind<LbPolicy> lb_policy() {
  using enum LbPolicy;
  return one_of<LbPolicy>({{"pick_first", kPickFirst}, {"round_robin", kRoundRobin}, {"least_request", kLeastRequest}});
}

}  // namespace

Rows client_rows() {
  return {
      row("GRPC__CLIENT__DEFAULT_TIMEOUT", PLINTH_MEMBER(grpc.client.default_timeout),
          in_seconds<Duration>(Zero::kRefused), "How long a call without a deadline of its own may take."),
      row("GRPC__CLIENT__ENABLE_RETRY", PLINTH_MEMBER(grpc.client.enable_retry), flag(),
          "Whether failed calls are tried again."),
      row("GRPC__CLIENT__MAX_RETRIES", PLINTH_MEMBER(grpc.client.max_retries), whole<size_t>(0, 10),
          "Attempts after the first. 0: none."),
      row("GRPC__CLIENT__RETRY_BACKOFF_BASE", PLINTH_MEMBER(grpc.client.retry_backoff_base),
          in_seconds<Duration>(Zero::kAllowed), "The wait before the first retry."),
      row("GRPC__CLIENT__RETRY_BACKOFF_MAX", PLINTH_MEMBER(grpc.client.retry_backoff_max),
          in_seconds<Duration>(Zero::kAllowed), "The longest wait before a retry."),
      row("GRPC__CLIENT__RETRY_BACKOFF_MULTIPLIER", PLINTH_MEMBER(grpc.client.retry_backoff_multiplier), decimal(1),
          "How much longer each wait is than the one before."),
      row("GRPC__CLIENT__ENABLE_CIRCUIT_BREAKER", PLINTH_MEMBER(grpc.client.enable_circuit_breaker), flag(),
          "Whether calls to a target that keeps failing fail at once."),
      row("GRPC__CLIENT__CIRCUIT_BREAKER_THRESHOLD", PLINTH_MEMBER(grpc.client.circuit_breaker_threshold),
          whole<size_t>(1, 100), "Failures in a row that open the breaker."),
      row("GRPC__CLIENT__CIRCUIT_BREAKER_TIMEOUT", PLINTH_MEMBER(grpc.client.circuit_breaker_timeout),
          in_seconds<Duration>(Zero::kRefused), "How long it stays open before it lets calls through as probes."),
      row("GRPC__CLIENT__MAX_MESSAGE_SIZE", PLINTH_MEMBER(grpc.client.max_message_size),
          whole<size_t>(1024, kLargestMessage), "Bytes of the largest message, after decompression."),
      row("GRPC__CLIENT__KEEPALIVE_TIME_MS", PLINTH_MEMBER(grpc.client.keepalive_time),
          or_off(in_milliseconds<milliseconds>(10'000)), "After this silence a connection is pinged."),
      row("GRPC__CLIENT__KEEPALIVE_TIMEOUT_MS", PLINTH_MEMBER(grpc.client.keepalive_timeout),
          in_milliseconds<milliseconds>(0), "A connection that does not answer a ping for so long is closed."),
      row("GRPC__CLIENT__LB_POLICY", PLINTH_MEMBER(grpc.client.lb_policy), lb_policy(),
          "How a channel chooses among the addresses of its target."),
      row("GRPC__CLIENT__TLS__CA_FILE", PLINTH_MEMBER(grpc.client.tls.ca_file), path(),
          "Servers must show a certificate that one of these has signed. Without it: one that the system trusts."),
      row("GRPC__CLIENT__TLS__CERT_FILE", PLINTH_MEMBER(grpc.client.tls.cert_file), path(),
          "The client's own certificate, in PEM."),
      row("GRPC__CLIENT__TLS__KEY_FILE", PLINTH_MEMBER(grpc.client.tls.key_file), path(),
          "The key of that certificate, in PEM."),
  };
}

}  // namespace plinth::config

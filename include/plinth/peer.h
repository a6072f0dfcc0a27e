#pragma once

#include <string>

namespace plinth {

/// Who is at the other end of a connection.
struct Peer {
  /// "ipv4:127.0.0.1:50051", "ipv6:[::1]:50051", "unix:/run/service.sock" or "inproc:name" (gRPC's naming.md).
  std::string address;

  /// The subject of the certificate that the peer proved to own, as RFC 2253 writes it; empty without mutual TLS.
  std::string tls_subject;
};

}  // namespace plinth

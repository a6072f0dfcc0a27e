#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace plinth {

/// The process at the other end of a Unix socket, as the kernel vouches for it (unix(7), SO_PEERCRED): what it was when
/// the connection began.
struct UnixCredentials {
  uid_t uid;
  gid_t gid;
  /// May be that of another process by now.
  pid_t pid;

  friend bool operator==(const UnixCredentials&, const UnixCredentials&) = default;
};

/// Who is at the other end of a connection.
struct Peer {
  /// "ipv4:127.0.0.1:50051", "ipv6:[::1]:50051", "unix:/run/service.sock" or "inproc:name" (gRPC's naming.md).
  std::string address;

  /// The subject of the certificate that the peer proved to own, as RFC 2253 writes it; empty without mutual TLS.
  std::string tls_subject;

  /// None unless the connection is a Unix socket.
  std::optional<UnixCredentials> unix_credentials = std::nullopt;
};

}  // namespace plinth

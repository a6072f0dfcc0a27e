#pragma once

#include <memory>
#include <string>

#include "net/socket.h"
#include "plinth/log.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::net {

class TlsReloader;

/// The files of a server's identity, in PEM.
struct TlsServerFiles {
  std::string cert_file;
  std::string key_file;
  /// Clients must show a certificate that one of these has signed; empty: clients need none.
  std::string client_ca_file;
};

/// A server's side of TLS 1.2 and 1.3 with ALPN "h2". May be used by all workers at the same time. Files that have
/// changed count for the handshakes that begin from then on (see `TlsReloader`).
class TlsServer {
 public:
  /// FAILED_PRECONDITION with the file and OpenSSL's reason when one cannot be used. `logger`, which may be null, is
  /// told when files are read again.
  static Result<std::unique_ptr<TlsServer>> load(const TlsServerFiles& files, std::shared_ptr<Logger> logger = nullptr);
  ~TlsServer();

  /// Shakes hands over `socket`, on the current worker. Fails when the client speaks no h2 or shows no good
  /// certificate.
  Task<std::expected<std::unique_ptr<ByteStream>, std::error_code>> accept(Socket socket);

 private:
  explicit TlsServer(std::unique_ptr<TlsReloader> contexts);
  std::unique_ptr<TlsReloader> contexts_;
};

}  // namespace plinth::net

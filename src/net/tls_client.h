#pragma once

#include <memory>
#include <string>

#include "net/socket.h"
#include "net/tls_protocol.h"
#include "plinth/client_settings.h"
#include "plinth/log.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::net {

class TlsReloader;

/// A client's side of TLS 1.2 and 1.3 with ALPN. May be used by all workers at the same time. Files that have
/// changed count for the handshakes that begin from then on (see `TlsReloader`); what the system trusts is read once.
class TlsClient {
 public:
  /// Without a CA file the server must be trusted by the system. FAILED_PRECONDITION with the file and the reason when
  /// one cannot be used. `logger`, which may be null, is told when files are read again.
  static Result<std::shared_ptr<TlsClient>> load(const ClientTlsSettings& files,
                                                 std::shared_ptr<Logger> logger = nullptr,
                                                 TlsProtocol protocol = TlsProtocol::kHttp2);
  ~TlsClient();

  /// Shakes hands over `socket`, on the current worker, with a server whose certificate must be for `server_name`: a
  /// host's name or an IP address (RFC 9110, section 4.3.4). UNAVAILABLE, with what is wrong in words. A server that
  /// speaks TLS 1.3 refuses the client's certificate, or the lack of one, only after the handshake: then the first read
  /// fails, in the words of `tls_error`. This TlsClient must outlive the task.
  Task<Result<std::unique_ptr<ByteStream>>> connect(Socket socket, std::string server_name);

 private:
  TlsClient(std::unique_ptr<TlsReloader> contexts, TlsProtocol protocol);
  std::unique_ptr<TlsReloader> contexts_;
  TlsProtocol protocol_;
};

}  // namespace plinth::net

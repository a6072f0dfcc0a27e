#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "auth/http_url.h"
#include "net/byte_stream.h"
#include "plinth/status.h"
#include "plinth/task.h"

namespace plinth::net {
class TlsClient;
}

namespace plinth::auth {

/// Gets documents by HTTP/1.1 (RFC 9112), each over a connection of its own. Redirects are not followed.
class HttpClient {
 public:
  /// https:// is trusted as `tls` says, which may be null when there is none to get.
  HttpClient(std::shared_ptr<net::TlsClient> tls, std::size_t max_size) : tls_(std::move(tls)), max_size_(max_size) {}

  /// The document. UNAVAILABLE, with the reason, when there is none: no connection, an answer that is not 200, or one
  /// that is too long. Waits for as long as the server likes: give it a timeout. On a worker with an offload pool.
  /// `url` and this client must outlive the task.
  Task<Result<std::string>> get(const HttpUrl& url) const;

  /// The same over a connection that is there.
  Task<Result<std::string>> get_over(net::ByteStream& stream, const HttpUrl& url) const;

 private:
  Task<Result<std::unique_ptr<net::ByteStream>>> connect(const HttpUrl& url) const;

  std::shared_ptr<net::TlsClient> tls_;
  std::size_t max_size_;
};

}  // namespace plinth::auth

#pragma once

#include <boost/asio/ssl/context.hpp>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "net/tls_error.h"

namespace plinth::net {

using TlsContext = boost::asio::ssl::context;

/// A file that cannot be used, and why.
struct TlsFileError {
  std::string file;
  std::string sentence;
};

using TlsFileResult = std::expected<void, TlsFileError>;
using LoadedTlsContext = std::expected<std::shared_ptr<TlsContext>, TlsFileError>;

/// For one side of TLS 1.2 and 1.3, without files. Nothing is renegotiated (RFC 9113, section 9.2.1).
std::shared_ptr<TlsContext> make_tls_context(TlsRole ours);

/// Our own certificate, the chain that belongs to it, and its key, in PEM. A key with a password is none that can be
/// used.
TlsFileResult use_identity(TlsContext& context, const std::string& cert_file, const std::string& key_file);

/// The certificates in `file` may sign those of the other end. `what` names them in the error.
TlsFileResult trust_file(TlsContext& context, std::string_view what, const std::string& file);

}  // namespace plinth::net

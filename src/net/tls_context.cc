#include "net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace plinth::net {

namespace {

std::unexpected<TlsFileError> cannot_use(std::string_view what, const std::string& file, const std::string& reason) {
  return std::unexpected(TlsFileError{file, fmt::format("cannot use the {} '{}': {}", what, file, reason)});
}

}  // namespace

std::shared_ptr<TlsContext> make_tls_context(TlsRole ours) {
  const auto method = ours == TlsRole::kServer ? TlsContext::tls_server : TlsContext::tls_client;
  auto context = std::make_shared<TlsContext>(method);
  auto* ssl = context->native_handle();
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
  // Without one OpenSSL asks for the password on the terminal, and waits.
  SSL_CTX_set_default_passwd_cb(ssl, [](char*, int, int, void*) { return -1; });
  return context;
}

TlsFileResult use_identity(TlsContext& context, const std::string& cert_file, const std::string& key_file) {
  boost::system::error_code error;
  if (context.use_certificate_chain_file(cert_file, error))
    return cannot_use("certificate", cert_file, error.message());
  if (context.use_private_key_file(key_file, TlsContext::pem, error)) {
    return cannot_use("key", key_file, error.message());
  }
  // A key of another kind than the certificate's, RSA beside EC, has been taken without a look at that.
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return cannot_use("key", key_file, fmt::format("it does not belong to the certificate '{}'", cert_file));
  }
  return {};
}

TlsFileResult trust_file(TlsContext& context, std::string_view what, const std::string& file) {
  boost::system::error_code error;
  if (context.load_verify_file(file, error)) return cannot_use(what, file, error.message());
  return {};
}

}  // namespace plinth::net

#include "net/tls_client.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <optional>

#include "async/here.h"
#include "net/tls_certificate.h"
#include "net/tls_reloader.h"
#include "net/tls_stream.h"

namespace plinth::net {

namespace {

TlsFileResult trust(TlsContext& context, const std::string& ca_file) {
  if (!ca_file.empty()) return trust_file(context, "CA", ca_file);
  boost::system::error_code error;
  if (context.set_default_verify_paths(error)) {
    return std::unexpected(TlsFileError{"", "cannot use the CAs of the system: " + error.message()});
  }
  return {};
}

TlsFileResult use_client_identity(TlsContext& context, const ClientTlsSettings& files) {
  if (files.cert_file.empty() && files.key_file.empty()) return {};
  if (files.cert_file.empty() || files.key_file.empty()) {
    return std::unexpected(
        TlsFileError{files.cert_file + files.key_file,
                     "a client's certificate and its key need each other: one of the files is missing"});
  }
  return use_identity(context, files.cert_file, files.key_file);
}

/// As ALPN writes it: its length stands before it.
std::string_view alpn_of(TlsProtocol protocol) noexcept {
  return protocol == TlsProtocol::kHttp2 ? "\x02h2" : "\x08http/1.1";
}

LoadedTlsContext make_client_context(const ClientTlsSettings& files, TlsProtocol protocol) {
  auto context = make_tls_context(TlsRole::kClient);
  const auto alpn = alpn_of(protocol);
  SSL_CTX_set_alpn_protos(context->native_handle(), reinterpret_cast<const unsigned char*>(alpn.data()), alpn.size());
  context->set_verify_mode(boost::asio::ssl::verify_peer);
  auto used = trust(*context, files.ca_file);
  if (used) used = use_client_identity(*context, files);
  if (!used) return std::unexpected(std::move(used).error());
  return context;
}

bool is_ip(const std::string& name) {
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  return !error;
}

/// OpenSSL takes an empty name for "any", and one that begins with a dot for "any below".
bool is_host_name(const std::string& name) {
  return !name.empty() && !name.starts_with('.') && name.find('\0') == std::string::npos;
}

/// Asks for `name`, and accepts nobody else. SNI has no place for IP addresses (RFC 6066, section 3).
bool expect_server(SSL* ssl, const std::string& name) {
  auto* demands = SSL_get0_param(ssl);
  if (is_ip(name)) return X509_VERIFY_PARAM_set1_ip_asc(demands, name.c_str()) == 1;
  if (!is_host_name(name)) return false;
  X509_VERIFY_PARAM_set_hostflags(demands, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(demands, name.data(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

/// Remembers what is wrong with the server's certificate.
class Judge {
 public:
  explicit Judge(std::string wanted) : wanted_(std::move(wanted)) {}

  bool operator()(bool accepted, boost::asio::ssl::verify_context& context) {
    if (!accepted) *reason_ = why_refused(context.native_handle(), wanted_);
    return accepted;
  }
  const std::string& reason() const noexcept { return *reason_; }

 private:
  std::string wanted_;
  /// The stream keeps a copy of this.
  std::shared_ptr<std::string> reason_ = std::make_shared<std::string>();
};

}  // namespace

TlsClient::TlsClient(std::unique_ptr<TlsReloader> contexts, TlsProtocol protocol)
    : contexts_(std::move(contexts)), protocol_(protocol) {}
TlsClient::~TlsClient() = default;

Result<std::shared_ptr<TlsClient>> TlsClient::load(const ClientTlsSettings& files, std::shared_ptr<Logger> logger,
                                                   TlsProtocol protocol) {
  std::vector<std::string> watched;
  for (const auto& file : {files.ca_file, files.cert_file, files.key_file}) {
    if (!file.empty()) watched.push_back(file);
  }
  auto contexts =
      TlsReloader::load(std::move(watched), [=] { return make_client_context(files, protocol); }, std::move(logger));
  if (!contexts) return std::unexpected(std::move(contexts).error());
  return std::shared_ptr<TlsClient>(new TlsClient(std::move(*contexts), protocol));
}

Task<Result<std::unique_ptr<ByteStream>>> TlsClient::connect(Socket socket, std::string server_name) {
  if (server_name.ends_with('.')) server_name.pop_back();  // the root of DNS; no certificate names it
  const auto context = contexts_->context(here().now());
  auto stream = std::make_unique<TlsStream>(std::move(socket), *context, TlsRole::kClient, protocol_);
  if (!expect_server(stream->tls().native_handle(), server_name)) {
    co_return unavailable("'{}' is no name that a server's certificate could be for", server_name);
  }
  Judge judge(server_name);
  stream->tls().set_verify_callback(judge);
  auto handshake = stream->handshake();
  const auto error = co_await std::move(handshake);
  if (!error) co_return std::unique_ptr<ByteStream>(std::move(stream));
  co_return unavailable("no TLS with '{}' at {}: {}", server_name, stream->peer().address,
                        judge.reason().empty() ? error.message() : judge.reason());
}

}  // namespace plinth::net

#include "net/tls_server.h"

#include <openssl/ssl.h>

#include <array>

#include "async/here.h"
#include "net/tls_reloader.h"
#include "net/tls_stream.h"

namespace plinth::net {

namespace {

int choose_h2(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
              unsigned int offered_size, void*) {
  static constexpr std::array<unsigned char, 3> kH2 = {2, 'h', '2'};
  unsigned char* found = nullptr;
  const auto verdict = SSL_select_next_proto(&found, chosen_size, kH2.data(), kH2.size(), offered, offered_size);
  *chosen = found;
  return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

TlsFileResult demand_certificates(TlsContext& context, const std::string& ca_file) {
  auto trusted = trust_file(context, "client CA", ca_file);
  if (!trusted) return trusted;
  SSL_CTX_set_client_CA_list(context.native_handle(), SSL_load_client_CA_file(ca_file.c_str()));
  context.set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
  return {};
}

LoadedTlsContext make_server_context(const TlsServerFiles& files) {
  auto context = make_tls_context(TlsRole::kServer);
  // A session that a client resumes has been made for this server, and with the same demands on its certificate.
  constexpr std::array<unsigned char, 6> kSessionContext = {'p', 'l', 'i', 'n', 't', 'h'};
  SSL_CTX_set_session_id_context(context->native_handle(), kSessionContext.data(), kSessionContext.size());
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_h2, nullptr);
  auto used = use_identity(*context, files.cert_file, files.key_file);
  if (used && !files.client_ca_file.empty()) used = demand_certificates(*context, files.client_ca_file);
  if (!used) return std::unexpected(std::move(used).error());
  return context;
}

}  // namespace

TlsServer::TlsServer(std::unique_ptr<TlsReloader> contexts) : contexts_(std::move(contexts)) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::load(const TlsServerFiles& files, std::shared_ptr<Logger> logger) {
  std::vector<std::string> watched = {files.cert_file, files.key_file};
  if (!files.client_ca_file.empty()) watched.push_back(files.client_ca_file);
  auto contexts =
      TlsReloader::load(std::move(watched), [files] { return make_server_context(files); }, std::move(logger));
  if (!contexts) return std::unexpected(std::move(contexts).error());
  return std::unique_ptr<TlsServer>(new TlsServer(std::move(*contexts)));
}

Task<std::expected<std::unique_ptr<ByteStream>, std::error_code>> TlsServer::accept(Socket socket) {
  const auto context = contexts_->context(here().now());
  auto stream = std::make_unique<TlsStream>(std::move(socket), *context, TlsRole::kServer);
  auto handshake = stream->handshake();
  const auto error = co_await std::move(handshake);
  if (error) co_return std::unexpected(error);
  co_return std::move(stream);
}

}  // namespace plinth::net

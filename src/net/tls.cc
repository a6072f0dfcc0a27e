#include "net/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "plinth/asio.h"

namespace plinth::net {

namespace asio = boost::asio;

namespace {

constexpr std::array<unsigned char, 3> kH2 = {2, 'h', '2'};

int choose_h2(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
              unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const auto verdict = SSL_select_next_proto(&found, chosen_size, kH2.data(), kH2.size(), offered, offered_size);
  *chosen = found;
  return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// A client that offers no protocol by ALPN is not asked which one it speaks: it must not be HTTP/2's (RFC 9113, 3.2).
bool speaks_h2(const SSL* ssl) noexcept {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &chosen, &size);
  return size == 2 && chosen[0] == 'h' && chosen[1] == '2';
}

std::string subject_of(SSL* ssl) {
  std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl), X509_free);
  if (!certificate) return {};
  std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

class TlsStream final : public ByteStream {
 public:
  TlsStream(Socket socket, asio::ssl::context& context) : tls_(std::move(socket), context) {
    peer_.address = peer_address(tls_.next_layer());
  }

  Task<std::error_code> handshake() {
    auto operation = tls_.async_handshake(asio::ssl::stream_base::server, asio::deferred);
    auto [error] = co_await std::move(operation);
    if (error) co_return error;
    if (!speaks_h2(tls_.native_handle())) co_return std::make_error_code(std::errc::protocol_not_supported);
    peer_.tls_subject = subject_of(tls_.native_handle());
    co_return std::error_code();
  }

  Task<IoResult> read_some(std::span<std::byte> space) override {
    auto operation = tls_.async_read_some(asio::buffer(space.data(), space.size()), asio::deferred);
    auto [error, size] = co_await std::move(operation);
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) co_return std::size_t{0};
    if (error) co_return std::unexpected(std::error_code(error));
    co_return size;
  }

  Task<std::error_code> write_all(std::span<const base::ByteView> pieces) override {
    buffers_.clear();
    for (const auto piece : pieces) buffers_.emplace_back(piece.data(), piece.size());
    auto operation = asio::async_write(tls_, buffers_, asio::deferred);
    auto [error, size] = co_await std::move(operation);
    co_return error;
  }

  void shut_write() noexcept override {
    boost::system::error_code ignored;
    tls_.next_layer().shutdown(Socket::shutdown_send, ignored);
  }
  void close() noexcept override {
    boost::system::error_code ignored;
    tls_.next_layer().close(ignored);
  }
  const Peer& peer() const noexcept override { return peer_; }

 private:
  asio::ssl::stream<Socket> tls_;
  Peer peer_;
  std::vector<asio::const_buffer> buffers_;
};

}  // namespace

struct TlsServer::Context {
  asio::ssl::context ssl{asio::ssl::context::tls_server};
};

TlsServer::TlsServer(std::unique_ptr<Context> context) : context_(std::move(context)) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::load(const TlsServerFiles& files) {
  auto context = std::make_unique<Context>();
  auto& ssl = context->ssl;
  boost::system::error_code error;
  const auto refused = [&](std::string_view what, const std::string& file) {
    return std::unexpected(failed_precondition("cannot use the {} '{}': {}", what, file, error.message()));
  };
  SSL_CTX_set_min_proto_version(ssl.native_handle(), TLS1_2_VERSION);
  // A session that a client resumes has been made for this server, and with the same demands on its certificate.
  constexpr std::array<unsigned char, 6> kSessionContext = {'p', 'l', 'i', 'n', 't', 'h'};
  SSL_CTX_set_session_id_context(ssl.native_handle(), kSessionContext.data(), kSessionContext.size());
  SSL_CTX_set_alpn_select_cb(ssl.native_handle(), choose_h2, nullptr);
  if (ssl.use_certificate_chain_file(files.cert_file, error)) return refused("certificate", files.cert_file);
  if (ssl.use_private_key_file(files.key_file, asio::ssl::context::pem, error)) return refused("key", files.key_file);
  if (!files.client_ca_file.empty()) {
    if (ssl.load_verify_file(files.client_ca_file, error)) return refused("client CA", files.client_ca_file);
    SSL_CTX_set_client_CA_list(ssl.native_handle(), SSL_load_client_CA_file(files.client_ca_file.c_str()));
    ssl.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  return std::unique_ptr<TlsServer>(new TlsServer(std::move(context)));
}

Task<std::expected<std::unique_ptr<ByteStream>, std::error_code>> TlsServer::accept(Socket socket) {
  auto stream = std::make_unique<TlsStream>(std::move(socket), context_->ssl);
  auto handshake = stream->handshake();
  const auto error = co_await std::move(handshake);
  if (error) co_return std::unexpected(error);
  co_return std::move(stream);
}

}  // namespace plinth::net

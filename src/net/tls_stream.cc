#include "net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/write.hpp>
#include <memory>
#include <string_view>

#include "net/tls_certificate.h"
#include "net/tls_error.h"
#include "plinth/asio.h"

namespace plinth::net {

namespace asio = boost::asio;

namespace {

TlsRole other(TlsRole role) noexcept { return role == TlsRole::kServer ? TlsRole::kClient : TlsRole::kServer; }

/// Who speaks no ALPN is not told which protocol is spoken: it must not be HTTP/2's (RFC 9113, section 3.2).
bool speaks_h2(const SSL* ssl) noexcept {
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &chosen, &size);
  return std::string_view(reinterpret_cast<const char*>(chosen), size) == "h2";
}

/// The close_notify of a connection, for whoever sends it: Asio's own shutdown would wait for the peer's, and take what
/// comes until then from whoever reads. From now on nothing can be written; reading goes on.
std::vector<std::byte> make_close_notify(SSL* ssl) {
  auto* sink = BIO_new(BIO_s_mem());
  auto* usual = SSL_get_wbio(ssl);
  if (!sink || !BIO_up_ref(usual)) return {};
  BIO_up_ref(sink);
  SSL_set0_wbio(ssl, sink);
  SSL_shutdown(ssl);
  ERR_clear_error();
  SSL_set0_wbio(ssl, usual);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(sink, &data);
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> alert(bytes, bytes + size);
  BIO_free(sink);
  return alert;
}

}  // namespace

TlsStream::TlsStream(Socket socket, TlsContext& context, TlsRole ours, TlsProtocol protocol)
    : tls_(std::move(socket), context), ours_(ours), protocol_(protocol) {
  boost::system::error_code ignored;
  tls_.next_layer().non_blocking(true, ignored);
  peer_ = peer_of(tls_.next_layer());
}

Task<std::error_code> TlsStream::handshake() {
  const bool serves = ours_ == TlsRole::kServer;
  auto operation =
      tls_.async_handshake(serves ? asio::ssl::stream_base::server : asio::ssl::stream_base::client, asio::deferred);
  auto [error] = co_await std::move(operation);
  auto* ssl = tls_.native_handle();
  const auto verdict = SSL_get_verify_result(ssl);
  if (error && verdict != X509_V_OK) co_return bad_certificate_error(verdict, other(ours_));
  if (error) co_return tls_error(error, other(ours_));
  if (protocol_ == TlsProtocol::kHttp2 && !speaks_h2(ssl)) co_return no_h2_error(other(ours_));
  peer_.tls_subject = peer_subject(ssl);
  co_return std::error_code();
}

Task<IoResult> TlsStream::read_some(std::span<std::byte> space) {
  auto operation = tls_.async_read_some(asio::buffer(space.data(), space.size()), asio::deferred);
  auto [error, size] = co_await std::move(operation);
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) co_return std::size_t{0};
  if (error) co_return std::unexpected(tls_error(error, other(ours_)));
  co_return size;
}

Task<std::error_code> TlsStream::write_all(std::span<const base::ByteView> pieces) {
  buffers_.clear();
  for (const auto piece : pieces) buffers_.emplace_back(piece.data(), piece.size());
  writing_ = true;  // for ever when it fails or is cancelled: half a record may have gone out
  auto operation = asio::async_write(tls_, buffers_, asio::deferred);
  auto [error, size] = co_await std::move(operation);
  if (error) co_return tls_error(error, other(ours_));
  writing_ = false;
  co_return std::error_code();
}

void TlsStream::shut_write() noexcept {
  if (!writing_) send_close_notify();
  boost::system::error_code ignored;
  tls_.next_layer().shutdown(Socket::shutdown_send, ignored);
}

void TlsStream::send_close_notify() noexcept {
  auto* ssl = tls_.native_handle();
  if (!SSL_is_init_finished(ssl) || SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) return;
  const auto alert = make_close_notify(ssl);
  boost::system::error_code ignored;
  tls_.next_layer().write_some(asio::buffer(alert), ignored);
}

void TlsStream::close() noexcept {
  boost::system::error_code ignored;
  tls_.next_layer().close(ignored);
}

}  // namespace plinth::net

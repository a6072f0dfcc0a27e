#include "net/tls_error.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <string>

namespace plinth::net {

namespace {

// Values of the category: OpenSSL's packed errors, which have the number of a library in their upper bits, and these.
constexpr int kNoH2 = 1;
constexpr int kCutOff = 2;
constexpr int kBadCertificate = 1000;  // and above: a verdict on a certificate
constexpr int kFirstOfOpenSsl = 1 << ERR_LIB_OFFSET;

/// With a place for the other end; null for what OpenSSL says well enough.
const char* sentence_for(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG: return "the {} does not speak TLS";
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: return "the {} does not speak HTTP/2: no h2 by ALPN";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "the {} speaks neither TLS 1.2 nor 1.3";
    case SSL_R_NO_SHARED_CIPHER: return "the {} offers no cipher that can be used here";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "the {} shows no certificate";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "the {} wants a certificate, and was shown none";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "the {} refuses the handshake: it may want a certificate, or other ciphers";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return "the {} does not know who has signed the certificate that it was shown";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "the {} says that the certificate that it was shown has expired";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED: return "the {} does not accept the certificate that it was shown";
    default: return nullptr;
  }
}

class Category final : public std::error_category {
 public:
  explicit Category(const char* peer) noexcept : peer_(peer) {}

  const char* name() const noexcept override { return "plinth.tls"; }

  std::string message(int value) const override {
    if (value == kNoH2) return with_peer(sentence_for(SSL_R_NO_APPLICATION_PROTOCOL));
    if (value == kCutOff) return with_peer("the {} has closed the connection in the middle of the handshake");
    if (value < kFirstOfOpenSsl) {
      return with_peer("the {}'s certificate is not accepted: ") +
             X509_verify_cert_error_string(value - kBadCertificate);
    }
    const auto code = static_cast<unsigned long>(value);
    const auto* sentence = ERR_GET_LIB(code) == ERR_LIB_SSL ? sentence_for(ERR_GET_REASON(code)) : nullptr;
    if (sentence) return with_peer(sentence);
    const auto* text = ERR_reason_error_string(code);
    return fmt::format("TLS: {}", text ? text : "an error that OpenSSL has no words for");
  }

 private:
  std::string with_peer(const char* sentence) const { return fmt::format(fmt::runtime(sentence), peer_); }

  const char* peer_;
};

const Category& category_of(TlsRole peer) {
  static const Category server("server");
  static const Category client("client");
  return peer == TlsRole::kServer ? server : client;
}

}  // namespace

std::error_code tls_error(const boost::system::error_code& error, TlsRole peer) {
  if (error == boost::asio::ssl::error::stream_truncated) return {kCutOff, category_of(peer)};
  if (error.category() != boost::asio::error::get_ssl_category()) return error;
  if (error.value() < kFirstOfOpenSsl) return error;  // the system's errors have the sign bit
  return {error.value(), category_of(peer)};
}

std::error_code no_h2_error(TlsRole peer) { return {kNoH2, category_of(peer)}; }

std::error_code bad_certificate_error(long verdict, TlsRole peer) {
  return {kBadCertificate + static_cast<int>(verdict), category_of(peer)};
}

}  // namespace plinth::net

#include "net/tls_certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <ctime>
#include <memory>
#include <span>
#include <vector>

namespace plinth::net {

namespace {

constexpr std::size_t kNamesToTell = 8;

/// It comes from a stranger, and goes into logs.
std::string printable(std::span<const unsigned char> bytes) {
  std::string text(bytes.begin(), bytes.end());
  std::ranges::replace_if(text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return text;
}

std::span<const unsigned char> bytes_of(const ASN1_STRING* text) {
  return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(std::span<const unsigned char> bytes) {
  namespace ip = boost::asio::ip;
  if (bytes.size() == 4) {
    ip::address_v4::bytes_type address;
    std::ranges::copy(bytes, address.begin());
    return ip::address_v4(address).to_string();
  }
  if (bytes.size() == 16) {
    ip::address_v6::bytes_type address;
    std::ranges::copy(bytes, address.begin());
    return ip::address_v6(address).to_string();
  }
  return "?";
}

std::vector<std::string> alternative_names(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> list(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  std::vector<std::string> names;
  for (int index = 0; index < sk_GENERAL_NAME_num(list.get()); ++index) {
    const auto* name = sk_GENERAL_NAME_value(list.get(), index);
    if (name->type == GEN_DNS) names.push_back(printable(bytes_of(name->d.dNSName)));
    if (name->type == GEN_IPADD) names.push_back(address_of(bytes_of(name->d.iPAddress)));
  }
  return names;
}

std::string common_name(const X509* certificate) {
  const auto* subject = X509_get_subject_name(certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place < 0) return "nobody";
  return printable(bytes_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place))));
}

std::string text_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (!ASN1_TIME_to_tm(time, &parts)) return "an unreadable time";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min);
}

/// Whose certificate is looked at: the server's own, or one that has signed it.
std::string owner_of(const X509* certificate, int depth) {
  if (depth == 0) return "the server's certificate";
  return fmt::format("the certificate of '{}', above the server's,", subject_of(certificate));
}

}  // namespace

std::string subject_of(const X509* certificate) { return text_of(X509_get_subject_name(certificate)); }

std::string peer_subject(const SSL* ssl) {
  const auto* certificate = SSL_get0_peer_certificate(ssl);
  return certificate ? subject_of(certificate) : std::string();
}

std::string names_of(const X509* certificate) {
  const auto names = alternative_names(certificate);
  if (names.empty()) return common_name(certificate);
  const auto told = std::min(names.size(), kNamesToTell);
  auto text = fmt::format("{}", fmt::join(std::span(names).first(told), ", "));
  if (told < names.size()) text += fmt::format(" and {} more", names.size() - told);
  return text;
}

std::string why_refused(X509_STORE_CTX* verification, const std::string& wanted) {
  const auto* certificate = X509_STORE_CTX_get_current_cert(verification);
  const int error = X509_STORE_CTX_get_error(verification);
  const auto* reason = X509_verify_cert_error_string(error);
  if (!certificate) return fmt::format("the server's certificate is not accepted: {}", reason);
  const auto owner = owner_of(certificate, X509_STORE_CTX_get_error_depth(verification));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} has expired, on {}", owner, date_of(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid yet, only from {}", owner, date_of(X509_get0_notBefore(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("{} is for {}, not for '{}'", owner, names_of(certificate), wanted);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return fmt::format("{} is signed by an unknown authority: '{}'", owner,
                         text_of(X509_get_issuer_name(certificate)));
    default: return fmt::format("{} is not accepted: {}", owner, reason);
  }
}

}  // namespace plinth::net

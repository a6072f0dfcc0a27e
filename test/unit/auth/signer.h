#pragma once

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

/// An issuer of tokens, for tests.
namespace plinth::auth::test {

inline std::string base64url(std::string_view bytes) {
  std::string text(4 * (bytes.size() / 3 + 1) + 1, '\0');
  const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
  text.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data, static_cast<int>(bytes.size()))));
  while (text.ends_with('=')) text.pop_back();
  for (auto& character : text) character = character == '+' ? '-' : character == '/' ? '_' : character;
  return text;
}

/// Signs tokens with one algorithm and a key of its own.
class Signer {
 public:
  static constexpr std::string_view kSecret = "a secret of more than 32 characters";

  /// `bits` are those of an RSA key; with 448, EdDSA is Ed448.
  explicit Signer(std::string algorithm, unsigned bits = 2048)
      : algorithm_(std::move(algorithm)), bits_(bits), key_(make_key(), EVP_PKEY_free) {}

  const std::string& algorithm() const noexcept { return algorithm_; }

  std::string token(std::string_view claims, std::string_view more_header = "") const {
    return sign_raw(fmt::format(R"({{"alg":"{}"{}}})", algorithm_, more_header), claims);
  }
  std::string sign_raw(std::string_view header, std::string_view payload) const {
    const auto text = base64url(header) + "." + base64url(payload);
    return text + "." + base64url(sign(text));
  }

  /// `more` begins with a comma.
  std::string jwk(std::string_view more = "") const {
    switch (algorithm_[0]) {
      case 'H': return fmt::format(R"({{"kty":"oct","k":"{}"{}}})", base64url(kSecret), more);
      case 'E': return algorithm_ == "EdDSA" ? edwards_jwk(more) : ec_jwk(more);
      default:
        return fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"{}}})", number(OSSL_PKEY_PARAM_RSA_N),
                           number(OSSL_PKEY_PARAM_RSA_E), more);
    }
  }
  std::string jwks(std::string_view more = "") const { return fmt::format(R"({{"keys":[{}]}})", jwk(more)); }

  /// As DER, in the form that attackers take for a secret.
  std::string public_der() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return text;
  }

  static std::string hmac(std::string_view digest, std::string_view secret, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    HMAC(EVP_get_digestbyname(std::string(digest).c_str()), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(), &size);
    return {reinterpret_cast<char*>(bytes.data()), size};
  }

 private:
  std::string digest() const { return "SHA" + algorithm_.substr(2); }
  std::string curve() const { return algorithm_ == "ES256" ? "P-256" : algorithm_ == "ES384" ? "P-384" : "P-521"; }
  std::size_t coordinate_size() const { return algorithm_ == "ES256" ? 32 : algorithm_ == "ES384" ? 48 : 66; }

  std::string edwards_curve() const { return bits_ == 448 ? "Ed448" : "Ed25519"; }

  EVP_PKEY* make_key() const {
    if (algorithm_.starts_with('H')) return nullptr;
    if (algorithm_ == "EdDSA") return EVP_PKEY_Q_keygen(nullptr, nullptr, edwards_curve().c_str());
    return algorithm_.starts_with('E') ? EVP_EC_gen(curve().c_str()) : EVP_RSA_gen(bits_);
  }

  std::string sign(std::string_view text) const {
    if (algorithm_.starts_with('H')) return hmac(digest(), kSecret, text);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* key_context = nullptr;
    const auto* const digest_used = algorithm_ == "EdDSA" ? nullptr : EVP_get_digestbyname(digest().c_str());
    EVP_DigestSignInit(context.get(), &key_context, digest_used, nullptr, key_.get());
    if (algorithm_.starts_with('P')) {
      EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string signature(1100, '\0');
    std::size_t size = signature.size();
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    auto* const out = reinterpret_cast<unsigned char*>(signature.data());
    if (EVP_DigestSign(context.get(), out, &size, bytes, text.size()) != 1) std::abort();
    signature.resize(size);
    return algorithm_.starts_with("ES") ? raw(signature) : signature;
  }

  std::string raw(const std::string& der) const {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
        d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size())), ECDSA_SIG_free);
    std::string bytes(2 * coordinate_size(), '\0');
    auto* const out = reinterpret_cast<unsigned char*>(bytes.data());
    const int size = static_cast<int>(coordinate_size());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, size);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + size, size);
    return bytes;
  }

  std::string number(const char* name, int size = 0) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string bytes(static_cast<std::size_t>(size ? size : BN_num_bytes(value)), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    BN_free(value);
    return base64url(bytes);
  }

  std::string ec_jwk(std::string_view more) const {
    const int size = static_cast<int>(coordinate_size());
    return fmt::format(R"({{"kty":"EC","crv":"{}","x":"{}","y":"{}"{}}})", curve(),
                       number(OSSL_PKEY_PARAM_EC_PUB_X, size), number(OSSL_PKEY_PARAM_EC_PUB_Y, size), more);
  }

  std::string edwards_jwk(std::string_view more) const {
    std::array<unsigned char, 57> point{};
    std::size_t size = point.size();
    EVP_PKEY_get_raw_public_key(key_.get(), point.data(), &size);
    return fmt::format(R"({{"kty":"OKP","crv":"{}","x":"{}"{}}})", edwards_curve(),
                       base64url({reinterpret_cast<char*>(point.data()), size}), more);
  }

  std::string algorithm_;
  unsigned bits_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace plinth::auth::test

#include "auth/public_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <string>

namespace plinth::auth {

namespace {

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// OpenSSL's form of r and s, which a token has one after the other (RFC 7518, section 3.4). Empty when they have not
/// the right size.
std::string der_of(std::string_view signature, std::size_t coordinate_size) {
  if (signature.size() != 2 * coordinate_size) return {};
  const int size = static_cast<int>(coordinate_size);
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes_of(signature), size, nullptr),
                 BN_bin2bn(bytes_of(signature) + size, size, nullptr));
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* end = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &end);
  return der;
}

bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

class PublicKey final : public Key {
 public:
  PublicKey(const Algorithm& algorithm, OpenSslKey key) : algorithm_(algorithm), key_(std::move(key)) {}

  bool verify(std::string_view text, std::string_view signature) const override {
    std::string der;
    if (algorithm_.family == Algorithm::Family::kEcdsa) {
      der = der_of(signature, algorithm_.coordinate_size);
      signature = der;
    }
    const bool verified = verify_native(text, signature);
    ERR_clear_error();  // what stays there would end the next TLS connection of this thread
    return verified;
  }

 private:
  bool verify_native(std::string_view text, std::string_view signature) const {
    const std::unique_ptr<EVP_MD_CTX, OpenSslDeleter> context(EVP_MD_CTX_new());
    const auto* const digest = algorithm_.digest ? EVP_get_digestbyname(algorithm_.digest) : nullptr;
    EVP_PKEY_CTX* key_context = nullptr;
    if (EVP_DigestVerifyInit(context.get(), &key_context, digest, nullptr, key_.get()) != 1) return false;
    if (algorithm_.family == Algorithm::Family::kRsaPss && !use_pss(key_context)) return false;
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
  }

  const Algorithm& algorithm_;
  OpenSslKey key_;
};

}  // namespace

std::unique_ptr<Key> make_public_key(const Algorithm& algorithm, OpenSslKey key) {
  return std::make_unique<PublicKey>(algorithm, std::move(key));
}

}  // namespace plinth::auth

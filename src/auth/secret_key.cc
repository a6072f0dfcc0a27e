#include "auth/secret_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace plinth::auth {

namespace {

constexpr std::size_t kMinSize = 32;

class SecretKey final : public Key {
 public:
  SecretKey(const EVP_MD* digest, std::string secret) : digest_(digest), secret_(std::move(secret)) {}
  ~SecretKey() override { OPENSSL_cleanse(secret_.data(), secret_.size()); }

  bool verify(std::string_view text, std::string_view signature) const override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
    unsigned int size = 0;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (!HMAC(digest_, secret_.data(), static_cast<int>(secret_.size()), bytes, text.size(), expected.data(), &size)) {
      return false;
    }
    return signature.size() == size && CRYPTO_memcmp(signature.data(), expected.data(), size) == 0;
  }

 private:
  const EVP_MD* digest_;
  std::string secret_;
};

}  // namespace

Result<std::unique_ptr<Key>> make_secret_key(const Algorithm& algorithm, std::string secret) {
  if (secret.size() < kMinSize) {
    return std::unexpected(
        invalid_argument("a secret key of {} bytes is too short: at least {} are needed", secret.size(), kMinSize));
  }
  if (secret.contains("-----BEGIN ")) {
    return std::unexpected(
        invalid_argument("the secret key is a key or certificate in PEM, which {} must not use", algorithm.name));
  }
  return std::make_unique<SecretKey>(EVP_get_digestbyname(algorithm.digest), std::move(secret));
}

}  // namespace plinth::auth

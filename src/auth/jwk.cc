#include "auth/jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "auth/base64url.h"
#include "auth/json.h"
#include "auth/public_key.h"
#include "auth/secret_key.h"

namespace plinth::auth {

namespace {

using nlohmann::json;
using Family = Algorithm::Family;

constexpr int kMinRsaBits = 2048;
/// A signature takes OpenSSL some 0.5 ms with a key of this size.
constexpr int kMaxRsaBits = 8192;

/// Empty when it is not there, or no text.
std::string text_of(const json& jwk, const char* name) {
  const auto found = jwk.find(name);
  return found != jwk.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string bytes_of(const json& jwk, const char* name) { return base64url_decode(text_of(jwk, name)).value_or(""); }

const unsigned char* unsigned_bytes(const std::string& bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string_view key_type(Family family) noexcept {
  switch (family) {
    case Family::kHmac: return "oct";
    case Family::kRsa:
    case Family::kRsaPss: return "RSA";
    case Family::kEcdsa: return "EC";
    case Family::kEddsa: return "OKP";
  }
  return {};
}

/// Whether a field, when it is there, is this text.
bool may_be(const json& jwk, const char* name, std::string_view text) {
  return !jwk.contains(name) || text_of(jwk, name) == text;
}

bool may_verify(const json& jwk) {
  const auto operations = jwk.find("key_ops");
  if (operations == jwk.end()) return true;
  return operations->is_array() && std::ranges::find(*operations, json("verify")) != operations->end();
}

/// Collects the parts of a key, as OpenSSL's providers name them. What is added must live until `make`.
class KeyParts {
 public:
  void add_number(const char* name, const std::string& big_endian) {
    numbers_.emplace_back(BN_bin2bn(unsigned_bytes(big_endian), static_cast<int>(big_endian.size()), nullptr), BN_free);
    OSSL_PARAM_BLD_push_BN(builder_.get(), name, numbers_.back().get());
  }
  void add_text(const char* name, std::string_view text) {
    OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, text.data(), text.size());
  }
  void add_bytes(const char* name, const std::string& bytes) {
    OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, bytes.data(), bytes.size());
  }

  /// Null when they are no key.
  OpenSslKey make(const char* type) {
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parts(OSSL_PARAM_BLD_to_param(builder_.get()),
                                                                        OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, OpenSslDeleter> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parts.get());
    return OpenSslKey(key);
  }

 private:
  std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder_{OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free};
  std::vector<std::unique_ptr<BIGNUM, decltype(&BN_free)>> numbers_;
};

OpenSslKey read_rsa(const json& jwk) {
  const auto modulus = bytes_of(jwk, "n"), exponent = bytes_of(jwk, "e");
  if (modulus.empty() || exponent.empty() || modulus.size() > kMaxRsaBits / 8) return nullptr;
  KeyParts parts;
  parts.add_number(OSSL_PKEY_PARAM_RSA_N, modulus);
  parts.add_number(OSSL_PKEY_PARAM_RSA_E, exponent);
  return parts.make("RSA");
}

/// The coordinates have leading zeros (RFC 7518, section 6.2.1.2).
OpenSslKey read_ec(const json& jwk, const Algorithm& algorithm) {
  const auto x = bytes_of(jwk, "x"), y = bytes_of(jwk, "y");
  if (x.size() != algorithm.coordinate_size || y.size() != algorithm.coordinate_size) return nullptr;
  const auto point = "\x04" + x + y;
  KeyParts parts;
  parts.add_text(OSSL_PKEY_PARAM_GROUP_NAME, algorithm.curve);
  parts.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, point);
  return parts.make("EC");
}

OpenSslKey read_edwards(const json& jwk) {
  const auto curve = text_of(jwk, "crv");
  const int type = curve == "Ed25519" ? EVP_PKEY_ED25519 : curve == "Ed448" ? EVP_PKEY_ED448 : EVP_PKEY_NONE;
  const auto point = bytes_of(jwk, "x");
  if (type == EVP_PKEY_NONE) return nullptr;
  return OpenSslKey(EVP_PKEY_new_raw_public_key(type, nullptr, unsigned_bytes(point), point.size()));
}

OpenSslKey read_openssl_key(const json& jwk, const Algorithm& algorithm) {
  switch (algorithm.family) {
    case Family::kRsa:
    case Family::kRsaPss: return read_rsa(jwk);
    case Family::kEcdsa: return read_ec(jwk, algorithm);
    case Family::kEddsa: return read_edwards(jwk);
    case Family::kHmac: break;
  }
  return nullptr;
}

bool is_sound(EVP_PKEY* key) {
  const std::unique_ptr<EVP_PKEY_CTX, OpenSslDeleter> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return EVP_PKEY_public_check(context.get()) == 1;
}

Status check_purpose(const json& jwk, const Algorithm& algorithm) {
  if (!jwk.is_object()) return invalid_argument("it is no object");
  const auto type = key_type(algorithm.family);
  if (text_of(jwk, "kty") != type) return invalid_argument("{} needs a key with \"kty\":\"{}\"", algorithm.name, type);
  if (!may_be(jwk, "use", "sig")) return invalid_argument("it is not for signatures");
  if (!may_verify(jwk)) return invalid_argument("its \"key_ops\" have no \"verify\"");
  if (!may_be(jwk, "alg", algorithm.name)) return invalid_argument("it is not for {}", algorithm.name);
  if (algorithm.family == Family::kEcdsa && text_of(jwk, "crv") != algorithm.curve) {
    return invalid_argument("{} needs a key with \"crv\":\"{}\"", algorithm.name, algorithm.curve);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Key>> read_jwk(const json& jwk, const Algorithm& algorithm) {
  if (const auto status = check_purpose(jwk, algorithm); !status.ok()) return std::unexpected(status);
  if (algorithm.family == Family::kHmac) return make_secret_key(algorithm, bytes_of(jwk, "k"));
  auto key = read_openssl_key(jwk, algorithm);
  const bool is_key = key && is_sound(key.get());
  ERR_clear_error();
  if (!is_key) return std::unexpected(invalid_argument("it is no {} key", key_type(algorithm.family)));
  if (EVP_PKEY_is_a(key.get(), "RSA") && EVP_PKEY_get_bits(key.get()) < kMinRsaBits) {
    return std::unexpected(invalid_argument("{} bits of RSA are too few: at least {} are needed",
                                            EVP_PKEY_get_bits(key.get()), kMinRsaBits));
  }
  return make_public_key(algorithm, std::move(key));
}

}  // namespace plinth::auth

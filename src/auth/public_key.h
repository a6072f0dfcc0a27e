#pragma once

#include <openssl/evp.h>

#include <memory>

#include "auth/algorithm.h"
#include "auth/key.h"

namespace plinth::auth {

struct OpenSslDeleter {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using OpenSslKey = std::unique_ptr<EVP_PKEY, OpenSslDeleter>;

/// The issuer's public key, for one of the algorithms that are not HS. `key` must be of the kind that it needs.
std::unique_ptr<Key> make_public_key(const Algorithm& algorithm, OpenSslKey key);

}  // namespace plinth::auth

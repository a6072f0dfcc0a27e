#pragma once

#include <memory>
#include <string>

#include "auth/algorithm.h"
#include "auth/key.h"
#include "plinth/status.h"

namespace plinth::auth {

/// A key that issuer and service share, for one of the HS algorithms. INVALID_ARGUMENT when it has less than 32 bytes,
/// or is a key or a certificate in PEM: those are for other algorithms, and public ones would let everybody sign.
Result<std::unique_ptr<Key>> make_secret_key(const Algorithm& algorithm, std::string secret);

}  // namespace plinth::auth

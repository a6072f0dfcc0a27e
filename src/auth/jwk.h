#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "auth/algorithm.h"
#include "auth/key.h"
#include "plinth/status.h"

namespace plinth::auth {

/// The key that a JWK (RFC 7517) describes, for signatures of `algorithm`. INVALID_ARGUMENT, with the reason, when it
/// is a key of another kind, for another use or algorithm, malformed, or weak: RSA below 2048 bits. Where the JWK
/// points to (x5u, x5c) is not looked at.
Result<std::unique_ptr<Key>> read_jwk(const nlohmann::json& jwk, const Algorithm& algorithm);

}  // namespace plinth::auth

#pragma once

#include <string>

#include "plinth/claims.h"
#include "plinth/deadline.h"
#include "plinth/status.h"

namespace plinth::auth {

/// What the claims of a token must say for it to be accepted (RFC 7519, section 4.1; RFC 8725, sections 3.8 and 3.9).
struct ClaimRules {
  /// Empty: anybody's.
  std::string issuer = "";
  /// One of the token's audiences. Empty: for anybody.
  std::string audience = "";
  /// By how much the issuer's clock may differ.
  Duration clock_skew{};
  /// Whether a token must expire.
  bool require_expiry = true;

  /// OK, or UNAUTHENTICATED with the reason.
  Status check(const Claims& claims, Claims::Time now) const;
};

}  // namespace plinth::auth

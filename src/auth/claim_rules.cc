#include "auth/claim_rules.h"

#include <algorithm>

namespace plinth::auth {

namespace {

bool names(const std::vector<std::string>& audiences, const std::string& audience) {
  return std::ranges::find(audiences, audience) != audiences.end();
}

}  // namespace

Status ClaimRules::check(const Claims& claims, Claims::Time now) const {
  const auto skew = std::chrono::duration_cast<Claims::Time::duration>(clock_skew);
  if (!claims.expiry() && require_expiry) return unauthenticated("it never expires");
  if (claims.expiry() && now - skew >= *claims.expiry()) return unauthenticated("it has expired");
  if (claims.not_before() && now + skew < *claims.not_before()) return unauthenticated("it is not valid yet");
  if (claims.issued_at() && now + skew < *claims.issued_at()) return unauthenticated("it was issued in the future");
  if (!issuer.empty() && claims.issuer() != issuer) return unauthenticated("it is of another issuer");
  if (!audience.empty() && !names(claims.audiences(), audience)) return unauthenticated("it is for another audience");
  return {};
}

}  // namespace plinth::auth

#include <algorithm>

#include "config/row.h"
#include "config/texts.h"

namespace plinth::config {

namespace {

/// UTF-8 characters: the bytes that continue one do not count.
bool is_long_secret(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }) >= 32;
}

Kind<std::string> long_secret() { return text("at least 32 characters", is_long_secret); }

/// More of it would make expiry mean nothing.
Kind<Duration> clock_skew() {
  auto kind = in_seconds<Duration>(Zero::kAllowed);
  kind.allowed = "seconds: a number from 0 to 86400";
  kind.read = [read = std::move(kind.read)](std::string_view text) {
    const auto length = read(text);
    return length && *length <= std::chrono::hours(24) ? length : std::nullopt;
  };
  return kind;
}

Kind<std::string> algorithm() {
  Choices<std::string> choices;
  for (const std::string_view name : {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                                      "ES256", "ES384", "ES512", "EdDSA"}) {
    choices.emplace_back(name, name);
  }
  return one_of(choices);
}

}  // namespace

Rows security_rows() {
  return {
      secret(row("SECURITY__SECRET_KEY", PLINTH_MEMBER(security.secret_key), long_secret(),
                 "The key that tokens are signed with, for HS256, HS384 and HS512.")),
      row("SECURITY__ALGORITHM", PLINTH_MEMBER(security.algorithm), algorithm(), "How tokens must be signed."),
      row("SECURITY__JWKS_URL", PLINTH_MEMBER(security.jwks_url), url(), "Where the issuer publishes its keys."),
      row("SECURITY__JWKS_FILE", PLINTH_MEMBER(security.jwks_file), line(), "A file with the issuer's keys."),
      row("SECURITY__ISSUER", PLINTH_MEMBER(security.issuer), line(), "The issuer that tokens must name."),
      row("SECURITY__AUDIENCE", PLINTH_MEMBER(security.audience), line(), "The audience that tokens must name."),
      row("SECURITY__CLOCK_SKEW", PLINTH_MEMBER(security.clock_skew), clock_skew(),
          "By how much the issuer's clock may differ."),
  };
}

}  // namespace plinth::config

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "plinth/status.h"

namespace plinth::auth {

/// A signed token (JWS in compact form, RFC 7515) taken apart. Nothing in it can be trusted before the signature has
/// been checked, and of its header only these two fields are used: a key that the token brings along or points to (jwk,
/// jku, x5c, x5u) never is.
struct Token {
  /// What is signed; a part of the text that was parsed.
  std::string_view signed_text;
  std::string signature;
  /// A JSON object, if it is what it should be.
  std::string payload;

  /// "alg".
  std::string algorithm;
  /// "kid".
  std::optional<std::string> key_id;

  /// UNAUTHENTICATED with the reason when it is malformed, says that it is no token for access ("typ"), or wants
  /// something that is not known here ("crit", RFC 7515, section 4.1.11).
  static Result<Token> parse(std::string_view text);
};

}  // namespace plinth::auth

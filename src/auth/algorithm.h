#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace plinth::auth {

/// How a token is signed (RFC 7518, section 3; RFC 8037). "none" is not among them.
struct Algorithm {
  enum class Family : std::uint8_t { kHmac, kRsa, kRsaPss, kEcdsa, kEddsa };

  /// "RS256", as tokens and keys write it.
  std::string_view name;
  Family family;
  /// Null for EdDSA, which has its own.
  const char* digest;
  /// Of the keys, as JWKs write it: "P-256". Empty when any, or none, will do.
  std::string_view curve;
  /// Bytes of one coordinate of that curve.
  std::size_t coordinate_size;
};

/// Null when it is not known. Lives as long as the program.
const Algorithm* find_algorithm(std::string_view name) noexcept;

}  // namespace plinth::auth

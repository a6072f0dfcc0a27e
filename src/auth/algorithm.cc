#include "auth/algorithm.h"

#include <algorithm>
#include <array>

namespace plinth::auth {

namespace {

using enum Algorithm::Family;

constexpr std::array<Algorithm, 13> kAlgorithms = {{
    {"HS256", kHmac, "SHA256", "", 0},
    {"HS384", kHmac, "SHA384", "", 0},
    {"HS512", kHmac, "SHA512", "", 0},
    {"RS256", kRsa, "SHA256", "", 0},
    {"RS384", kRsa, "SHA384", "", 0},
    {"RS512", kRsa, "SHA512", "", 0},
    {"PS256", kRsaPss, "SHA256", "", 0},
    {"PS384", kRsaPss, "SHA384", "", 0},
    {"PS512", kRsaPss, "SHA512", "", 0},
    {"ES256", kEcdsa, "SHA256", "P-256", 32},
    {"ES384", kEcdsa, "SHA384", "P-384", 48},
    {"ES512", kEcdsa, "SHA512", "P-521", 66},
    {"EdDSA", kEddsa, nullptr, "", 0},
}};

}  // namespace

const Algorithm* find_algorithm(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return found == kAlgorithms.end() ? nullptr : found;
}

}  // namespace plinth::auth

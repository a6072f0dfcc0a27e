#pragma once

#include <chrono>
#include <string>

#include "plinth/deadline.h"

namespace plinth {

/// How tokens are checked. What is empty is not used.
struct SecuritySettings {
  std::string secret_key = "";
  std::string algorithm = "HS256";
  std::string jwks_url = "";
  std::string jwks_file = "";
  std::string issuer = "";
  std::string audience = "";
  Duration clock_skew = std::chrono::seconds(30);
};

}  // namespace plinth

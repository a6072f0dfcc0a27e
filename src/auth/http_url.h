#pragma once

#include <string>
#include <string_view>

#include "plinth/status.h"

namespace plinth::auth {

/// "https://host:port/path?query" taken apart (RFC 9110, section 4.2).
struct HttpUrl {
  bool secure = false;
  /// A name or an address; IPv6 without brackets.
  std::string host;
  std::uint16_t port = 0;
  /// Host and port as the URL has them.
  std::string authority;
  /// Begins with '/'.
  std::string target;

  /// INVALID_ARGUMENT, with the reason, for what is no http or https URL, or has a user name or a password.
  static Result<HttpUrl> parse(std::string_view url);
};

}  // namespace plinth::auth

#include "admin/local_host.h"

#include <boost/asio/ip/address.hpp>

namespace plinth::admin {

namespace {

using boost::asio::ip::make_address;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) c = lower(c);
  return result;
}

bool is_localhost(std::string_view name) { return name == "localhost" || name.ends_with(".localhost"); }

bool is_address(const std::string& text) {
  boost::system::error_code error;
  make_address(text, error);
  return !error;
}

/// Without port and brackets.
std::string_view host_of(std::string_view authority) {
  const auto bracket = authority.find(']');
  if (authority.starts_with('[') && bracket != std::string_view::npos) return authority.substr(1, bracket - 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

bool is_loopback(const std::string& host) {
  if (is_localhost(lower(host))) return true;
  boost::system::error_code error;
  return make_address(host, error).is_loopback() && !error;
}

bool is_local_authority(std::string_view authority) {
  if (authority.empty()) return true;
  const auto host = lower(host_of(authority));
  return is_localhost(host) || is_address(host);
}

}  // namespace plinth::admin

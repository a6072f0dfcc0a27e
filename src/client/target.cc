#include "client/target.h"

#include <algorithm>
#include <array>

#include "net/endpoint.h"

namespace plinth::client {

namespace {

constexpr std::size_t kLongestTarget = 4096;
constexpr std::size_t kLongestHost = 253;

bool is_scheme_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// "localhost:50051" has no scheme, although it looks like one: what follows is a number.
bool is_port(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool has_scheme(std::string_view text, std::size_t colon) noexcept {
  return colon != std::string_view::npos && colon != 0 && text[0] >= 'a' && text[0] <= 'z' &&
         std::ranges::all_of(text.substr(0, colon), is_scheme_character) && !is_port(text.substr(colon + 1));
}

bool is_host_character(char c) noexcept { return c > ' ' && c < 0x7f && c != '/' && c != '[' && c != ']' && c != '@'; }

bool is_host(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kLongestHost && std::ranges::all_of(text, is_host_character);
}

Status bad_host_port(std::string_view text) {
  return invalid_argument("'{}' is no host and port: write it as host:50051, 10.0.0.1:50051 or [::1]:50051", text);
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text.empty()) return std::unexpected(invalid_argument("the target is empty: write host:50051, or unix:/path"));
  if (text.size() > kLongestTarget) {
    return std::unexpected(invalid_argument("a target of {} characters: {} are allowed", text.size(), kLongestTarget));
  }
  const auto colon = text.find(':');
  if (!has_scheme(text, colon)) return Target{"dns", "", std::string(text), fmt::format("dns:///{}", text)};
  Target target{std::string(text.substr(0, colon)), "", std::string(text.substr(colon + 1)), std::string(text)};
  if (target.endpoint.starts_with("//")) {
    const auto slash = target.endpoint.find('/', 2);
    target.authority = target.endpoint.substr(2, slash == std::string::npos ? slash : slash - 2);
    const bool is_path = target.scheme == "unix";
    target.endpoint = slash == std::string::npos ? "" : target.endpoint.substr(is_path ? slash : slash + 1);
  }
  if (target.scheme == "unix" && !target.authority.empty()) {
    return std::unexpected(invalid_argument("the target '{}' names a host: write unix:/path or unix:///path", text));
  }
  if (target.endpoint.empty()) {
    return std::unexpected(invalid_argument("the target '{}' names nothing: write {}:///name", text, target.scheme));
  }
  return target;
}

std::string default_authority(const Target& target) {
  if (target.scheme.starts_with("unix")) return "localhost";
  return target.endpoint.substr(0, target.endpoint.find(','));
}

Result<HostPort> parse_host_port(std::string_view text) {
  auto host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::unexpected(bad_host_port(text));
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else if (const auto colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == text.npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!is_host(host)) return std::unexpected(bad_host_port(text));
  if (port.empty()) return HostPort{std::string(host), net::kDefaultPort};
  const auto number = port.starts_with(':') ? net::parse_port(port.substr(1)) : std::nullopt;
  if (!number || *number == 0) return std::unexpected(bad_host_port(text));
  return HostPort{std::string(host), *number};
}

}  // namespace plinth::client

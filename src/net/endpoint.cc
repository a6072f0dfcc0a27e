#include "net/endpoint.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstring>

namespace plinth::net {

namespace asio = boost::asio;

namespace {

/// With the byte that an abstract name begins with, or the one that a path ends with.
constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

template <class Address>
std::optional<Endpoint> copy_of(const Endpoint::Generic& address) {
  Address copy;
  if (address.size() > copy.capacity()) return std::nullopt;
  std::memcpy(copy.data(), address.data(), address.size());
  copy.resize(address.size());
  return Endpoint(copy);
}

/// Takes `prefix` off `text`.
bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

HostAndPort split_ipv4(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

/// Without brackets all of it is the address.
HostAndPort split_ipv6(std::string_view text) {
  const auto bracket = text.find(']');
  if (!text.starts_with('[') || bracket == std::string_view::npos) return {text, std::nullopt};
  const auto host = text.substr(1, bracket - 1);
  auto rest = text.substr(bracket + 1);
  if (rest.empty()) return {host, std::nullopt};
  if (!consume(rest, ":")) return {text, std::nullopt};
  return {host, rest};
}

template <class Address>
Result<Endpoint> parse_ip(Address (*make)(std::string_view, boost::system::error_code&), HostAndPort split,
                          std::string_view text) {
  boost::system::error_code error;
  const auto address = make(split.host, error);
  if (error) return std::unexpected(invalid_argument("'{}' is no address: '{}' is no IP address", text, split.host));
  const auto port = split.port ? parse_port(*split.port) : kDefaultPort;
  if (!port) return std::unexpected(invalid_argument("'{}' is no address: '{}' is no port", text, *split.port));
  return Endpoint(Endpoint::Ip(address, *port));
}

Result<Endpoint> parse_unix(std::string_view path, std::string_view text) {
  if (consume(path, "//") && !path.starts_with('/')) {
    return std::unexpected(invalid_argument("'{}' is no address: after unix:// stands an absolute path", text));
  }
  if (path.empty() || path.size() > kLongestPath || path.find('\0') != std::string_view::npos) {
    return std::unexpected(
        invalid_argument("'{}' is no address: a socket's path has 1 to {} characters", text, kLongestPath));
  }
  return Endpoint(Endpoint::Unix(path));
}

Result<Endpoint> parse_abstract(std::string_view name, std::string_view text) {
  if (name.empty() || name.size() >= kLongestPath || name.find('\0') != std::string_view::npos) {
    return std::unexpected(
        invalid_argument("'{}' is no address: an abstract name has 1 to {} characters", text, kLongestPath - 1));
  }
  return Endpoint(Endpoint::Unix(std::string(1, '\0').append(name)));
}

std::string text_of(const Endpoint::Ip& ip) {
  const auto address = ip.address();
  return address.is_v4() ? fmt::format("ipv4:{}:{}", address.to_string(), ip.port())
                         : fmt::format("ipv6:[{}]:{}", address.to_string(), ip.port());
}

std::string text_of(const Endpoint::Unix& socket) {
  const auto path = socket.path();
  if (path.starts_with('\0')) return "unix-abstract:" + path.substr(1);
  return (path.starts_with("//") ? "unix://" : "unix:") + path;
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [rest, error] = std::from_chars(text.begin(), text.end(), port);
  if (error != std::errc() || rest != text.end()) return std::nullopt;
  return port;
}

std::optional<Endpoint> Endpoint::from(const Generic& address) {
  switch (address.protocol().family()) {
    case AF_INET:
    case AF_INET6: return copy_of<Ip>(address);
    case AF_UNIX: return copy_of<Unix>(address);
    default: return std::nullopt;
  }
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  auto rest = text;
  if (consume(rest, "ipv4:")) return parse_ip(&asio::ip::make_address_v4, split_ipv4(rest), text);
  if (consume(rest, "ipv6:")) return parse_ip(&asio::ip::make_address_v6, split_ipv6(rest), text);
  if (consume(rest, "unix-abstract:")) return parse_abstract(rest, text);
  if (consume(rest, "unix:")) return parse_unix(rest, text);
  return std::unexpected(
      invalid_argument("'{}' is no address: it begins with ipv4:, ipv6:, unix: or unix-abstract:", text));
}

Endpoint::Family Endpoint::family() const noexcept {
  const auto* ip = std::get_if<Ip>(&address_);
  if (!ip) return Family::kUnix;
  return ip->protocol() == Ip::protocol_type::v4() ? Family::kIpv4 : Family::kIpv6;
}

std::string Endpoint::to_string() const {
  return std::visit([](const auto& address) { return text_of(address); }, address_);
}

Endpoint::Generic Endpoint::generic() const {
  return std::visit([](const auto& address) { return Generic(address); }, address_);
}

}  // namespace plinth::net

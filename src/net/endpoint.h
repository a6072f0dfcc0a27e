#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "plinth/status.h"

namespace plinth::net {

/// gRPC's naming.md: the port of an address without one.
inline constexpr std::uint16_t kDefaultPort = 443;

/// A whole number of 16 bits; nothing when it is none.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

/// The address of one socket: IPv4, IPv6 or Unix. Written as gRPC's naming.md has it:
///
///     ipv4:192.0.2.7:443      ipv6:[2001:db8::7]:443      unix:/run/service.sock      unix-abstract:service
class Endpoint {
 public:
  using Ip = boost::asio::ip::tcp::endpoint;
  using Unix = boost::asio::local::stream_protocol::endpoint;
  using Generic = boost::asio::generic::stream_protocol::endpoint;

  enum class Family : std::uint8_t { kIpv4, kIpv6, kUnix };

  explicit Endpoint(Ip address) : address_(address) {}
  explicit Endpoint(Unix address) : address_(address) {}

  /// What the system has given; none when it is of another family.
  static std::optional<Endpoint> from(const Generic& address);

  /// Reads one address. Without a port it is 443, and "unix://" may stand before an absolute path. INVALID_ARGUMENT,
  /// with the text and what is wrong with it.
  static Result<Endpoint> parse(std::string_view text);

  Family family() const noexcept;
  std::string to_string() const;
  Generic generic() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;

 private:
  std::variant<Ip, Unix> address_;
};

}  // namespace plinth::net

#include "interceptors/peer_key.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace plinth::interceptors {

namespace {

constexpr std::string_view kIpv4 = "ipv4:";
constexpr std::string_view kIpv6 = "ipv6:[";
constexpr std::size_t kNetworkBytes = 8;
constexpr std::size_t kMappedPrefixBytes = 12;

std::string_view without_port(std::string_view address) noexcept { return address.substr(0, address.rfind(':')); }

/// What stands between the brackets, without a zone.
bool parse_ipv6(std::string_view address, in6_addr& parsed) noexcept {
  const auto host = address.substr(kIpv6.size(), address.find_first_of("]%") - kIpv6.size());
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (host.size() >= text.size()) return false;
  std::ranges::copy(host, text.begin());
  return inet_pton(AF_INET6, text.data(), &parsed) == 1;
}

std::string_view write_network(const in6_addr& address, PeerKeySpace& space) noexcept {
  auto* const end = std::ranges::copy(kIpv6, space.data()).out;
  std::memcpy(end, address.s6_addr, kNetworkBytes);
  return {space.data(), kIpv6.size() + kNetworkBytes};
}

std::string_view write_mapped(const in6_addr& address, PeerKeySpace& space) noexcept {
  auto* const end = std::ranges::copy(kIpv4, space.data()).out;
  inet_ntop(AF_INET, address.s6_addr + kMappedPrefixBytes, end, static_cast<socklen_t>(space.size() - kIpv4.size()));
  return space.data();
}

}  // namespace

std::string_view peer_key(const Peer& peer, PeerKeySpace& space) noexcept {
  if (!peer.tls_subject.empty()) return std::string_view(peer.tls_subject).substr(0, kLongestPeerKey);
  const std::string_view address = peer.address;
  if (address.starts_with(kIpv4)) return without_port(address);
  in6_addr parsed{};
  if (address.starts_with(kIpv6) && parse_ipv6(address, parsed)) {
    return IN6_IS_ADDR_V4MAPPED(&parsed) ? write_mapped(parsed, space) : write_network(parsed, space);
  }
  return address.substr(0, kLongestPeerKey);
}

}  // namespace plinth::interceptors

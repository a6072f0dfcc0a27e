#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "plinth/peer.h"

namespace plinth::interceptors {

/// What a key counts at most.
inline constexpr std::size_t kLongestPeerKey = 256;

/// Whose calls are counted together: those of one certificate's subject; without one, of one address without the port.
/// Of an IPv6 address it is the /64, since a peer has all of that to itself; an IPv4 address in IPv6's clothes is what
/// it is. Valid as long as both arguments.
using PeerKeySpace = std::array<char, 64>;
std::string_view peer_key(const Peer& peer, PeerKeySpace& space) noexcept;

}  // namespace plinth::interceptors

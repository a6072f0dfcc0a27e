#pragma once

#include <cstdint>
#include <string_view>

namespace plinth {

/// How a channel, or its connection to one backend, is (gRPC's connectivity-semantics-and-api.md).
enum class ChannelState : std::uint8_t { kIdle, kConnecting, kReady, kTransientFailure, kShutdown };

/// "IDLE", "CONNECTING", "READY", "TRANSIENT_FAILURE", "SHUTDOWN".
std::string_view to_string(ChannelState state) noexcept;

}  // namespace plinth

#include "plinth/channel_state.h"

namespace plinth {

std::string_view to_string(ChannelState state) noexcept {
  switch (state) {
    case ChannelState::kIdle: return "IDLE";
    case ChannelState::kConnecting: return "CONNECTING";
    case ChannelState::kReady: return "READY";
    case ChannelState::kTransientFailure: return "TRANSIENT_FAILURE";
    case ChannelState::kShutdown: return "SHUTDOWN";
  }
  return "UNKNOWN";
}

}  // namespace plinth

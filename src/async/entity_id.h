#pragma once

#include <atomic>
#include <cstdint>

namespace plinth {

/// A number that nothing else in the program has: what channelz calls a server, channel, subchannel or socket by.
inline std::int64_t next_entity_id() noexcept {
  static std::atomic<std::int64_t> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace plinth

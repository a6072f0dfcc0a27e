#include <gtest/gtest.h>

#include "plinth/channel_state.h"

namespace plinth {
namespace {

TEST(ChannelState, HasItsName) {
  EXPECT_EQ(to_string(ChannelState::kIdle), "IDLE");
  EXPECT_EQ(to_string(ChannelState::kConnecting), "CONNECTING");
  EXPECT_EQ(to_string(ChannelState::kReady), "READY");
  EXPECT_EQ(to_string(ChannelState::kTransientFailure), "TRANSIENT_FAILURE");
  EXPECT_EQ(to_string(ChannelState::kShutdown), "SHUTDOWN");
  EXPECT_EQ(to_string(static_cast<ChannelState>(77)), "UNKNOWN");
}

}  // namespace
}  // namespace plinth

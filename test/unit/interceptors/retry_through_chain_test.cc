// What the default chain of a server must leave to the clients: calls that fail can be tried again.

#include <gtest/gtest.h>

#include "plinth/default_chain.h"
#include "support/test_channel.h"

namespace plinth::test {
namespace {

TEST(RetryThroughTheChain, IsLeftToClients) {
  TestChannel channel;
  channel.shared->settings.enable_retry = true;
  channel.shared->retry = client::retry_policy_of(channel.shared->settings);
  const Telemetry telemetry;
  telemetry.logger->set_level(LogLevel::kOff);
  channel.server.shared.interceptors = default_chain(telemetry, {});
  int calls = 0;
  channel.server.servicer->unary = [&](ServerContext&, const Text& request) -> Task<Result<Text>> {
    if (++calls == 1) co_return unavailable("busy");
    co_return text("echo " + request.value());
  };
  auto call = channel.unary("hello");
  channel.poll();
  channel.advance(std::chrono::seconds(2));
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace plinth::test

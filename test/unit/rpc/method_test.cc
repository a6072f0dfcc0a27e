#include "plinth/method.h"

#include <gtest/gtest.h>

namespace plinth {
namespace {

TEST(Method, HasServiceAndName) {
  constexpr Method method{"/my.package.MyService/GetResource", CallKind::kUnary};
  static_assert(method.service() == "my.package.MyService");
  static_assert(method.name() == "GetResource");
  EXPECT_EQ(method.path, "/my.package.MyService/GetResource");
}

TEST(Method, KindSaysWhoStreams) {
  constexpr auto with = [](CallKind kind) { return Method{"/s/m", kind}; };
  EXPECT_FALSE(with(CallKind::kUnary).client_streams());
  EXPECT_FALSE(with(CallKind::kUnary).server_streams());
  EXPECT_FALSE(with(CallKind::kServerStreaming).client_streams());
  EXPECT_TRUE(with(CallKind::kServerStreaming).server_streams());
  EXPECT_TRUE(with(CallKind::kClientStreaming).client_streams());
  EXPECT_FALSE(with(CallKind::kClientStreaming).server_streams());
  EXPECT_TRUE(with(CallKind::kBidirectional).client_streams());
  EXPECT_TRUE(with(CallKind::kBidirectional).server_streams());
}

TEST(CallKind, HasAName) {
  EXPECT_EQ(to_string(CallKind::kUnary), "unary");
  EXPECT_EQ(to_string(CallKind::kServerStreaming), "server_streaming");
  EXPECT_EQ(to_string(CallKind::kClientStreaming), "client_streaming");
  EXPECT_EQ(to_string(CallKind::kBidirectional), "bidirectional");
  EXPECT_EQ(to_string(static_cast<CallKind>(9)), "unknown");
}

}  // namespace
}  // namespace plinth

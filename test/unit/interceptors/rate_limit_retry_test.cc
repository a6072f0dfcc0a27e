// A client that retries, and a server that tells it when.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "myservice/service.pb.h"
#include "myservice/service.plinth.fake.h"
#include "myservice/service.plinth.h"
#include "plinth/limits.h"
#include "plinth/testing.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using myservice::GetResourceRequest;
using myservice::MyService;
using myservice::Resource;

TEST(RateLimitRetry, ComesWhenThereIsATokenAndNotSooner) {
  testing::ManualLoop loop;
  testing::InProcessOptions options;
  options.client = ClientSettings();
  testing::InProcessServer server(loop, options);
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = testing::always(Resource());
  server.add_servicer(fake);
  server.add_interceptor(RateLimitInterceptor({.each_method = Rate{.per_second = 0.1, .burst = 1}}));
  MyService::Stub stub(server.channel());
  const GetResourceRequest request;

  EXPECT_TRUE(loop.run([&] { return stub.GetResource(request); }));
  auto second = loop.start([&] { return stub.GetResource(request); });
  loop.advance(9990ms);
  EXPECT_FALSE(second.done()) << "its own backoff would have been a second";
  loop.advance(20ms);
  ASSERT_TRUE(second.done());
  EXPECT_TRUE(second.take());
}

}  // namespace
}  // namespace plinth

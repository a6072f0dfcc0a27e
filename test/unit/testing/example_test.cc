// The examples of doc/testing.md: testing_doc_test.cc compares the two.

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "myservice/service.pb.h"
#include "myservice/service.plinth.fake.h"
#include "myservice/service.plinth.h"
#include "plinth/testing.h"

namespace {

using namespace plinth;
using namespace std::chrono_literals;
using myservice::GetResourceRequest;
using myservice::MyService;
using myservice::Resource;
using plinth::testing::always;
using plinth::testing::InProcessServer;
using plinth::testing::ManualLoop;

class HatServicer final : public MyService::Servicer {
 public:
  Task<Result<Resource>> GetResource(ServerContext&, const GetResourceRequest& request) override {
    if (request.id() != "7") co_return not_found("no resource {}", request.id());
    Resource hat;
    hat.set_id("7");
    hat.set_name("hat");
    co_return hat;
  }
};

TEST(HatServicer, AnswersWithTheHat) {
  InProcessServer server;
  server.add_servicer(HatServicer());
  auto stub = server.stub<MyService::Stub>();

  GetResourceRequest request;
  request.set_id("7");
  const auto hat = sync_wait(stub.GetResource(request));
  ASSERT_TRUE(hat) << hat.error().to_string();
  EXPECT_EQ(hat->name(), "hat");

  request.set_id("8");
  EXPECT_EQ(sync_wait(stub.GetResource(request)).error(), not_found("no resource 8"));
}

Task<std::string> name_of(MyService::Stub catalogue, std::string id) {
  GetResourceRequest request;
  request.set_id(id);
  CallOptions options;
  options.timeout = 2s;
  auto call = catalogue.GetResource(request, options);
  const auto resource = co_await std::move(call);
  co_return resource ? resource->name() : "unknown";
}

TEST(NameOf, AsksForTheResource) {
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = [](ServerContext&, const GetResourceRequest& request) -> Task<Result<Resource>> {
    Resource resource;
    resource.set_name("name of " + request.id());
    co_return resource;
  };
  InProcessServer server;
  server.add_servicer(fake);
  EXPECT_EQ(sync_wait(name_of(server.stub<MyService::Stub>(), "7")), "name of 7");
}

TEST(NameOf, IsUnknownWhenThereIsNoSuchResource) {
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = always(not_found("no such resource"));
  InProcessServer server;
  server.add_servicer(fake);
  EXPECT_EQ(sync_wait(name_of(server.stub<MyService::Stub>(), "7")), "unknown");
}

TEST(NameOf, IsUnknownWhenThereIsNoAnswerForTwoSeconds) {
  auto fake = std::make_shared<MyService::Fake>();
  fake->on_GetResource = [](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    auto long_time = sleep_for(1h);
    co_await std::move(long_time);
    co_return Resource();
  };
  ManualLoop loop;
  InProcessServer server(loop);
  server.add_servicer(fake);

  auto name = loop.start([stub = server.stub<MyService::Stub>()] { return name_of(stub, "7"); });
  loop.advance(1999ms);
  EXPECT_FALSE(name.done());
  loop.advance(1ms);
  ASSERT_TRUE(name.done());
  EXPECT_EQ(name.take(), "unknown");
}

}  // namespace

#include "plinth/testing.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "myservice/service.pb.h"
#include "myservice/service.plinth.fake.h"
#include "myservice/service.plinth.h"

namespace plinth::testing {
namespace {

using myservice::CreateResourcesResponse;
using myservice::GetResourceRequest;
using myservice::ListResourcesRequest;
using myservice::MyService;
using myservice::Resource;
using ::testing::ElementsAre;

Resource named(std::string name) {
  Resource resource;
  resource.set_name(std::move(name));
  return resource;
}

/// What every test here has: a fake with all four kinds.
class InProcess : public ::testing::Test {
 protected:
  InProcess() {
    fake->on_GetResource = always(named("hat"));
    fake->on_ListResources = [](ServerContext&, const ListResourcesRequest& request) -> Generator<Resource> {
      for (int i = 0; i < request.page_size(); ++i) co_yield named(std::to_string(i));
    };
    fake->on_CreateResources = [](ServerContext&, Reader<Resource>& requests) -> Task<Result<CreateResourcesResponse>> {
      CreateResourcesResponse response;
      while (auto resource = co_await requests.next()) response.set_count(response.count() + 1);
      co_return response;
    };
    fake->on_SyncResources = [](ServerContext&, Reader<Resource>& requests) -> Generator<Resource> {
      while (auto resource = co_await requests.next()) co_yield named("stored " + resource->name());
    };
  }

  std::shared_ptr<MyService::Fake> fake = std::make_shared<MyService::Fake>();
};

Task<std::vector<std::string>> list(MyService::Stub stub, int count) {
  ListResourcesRequest request;
  request.set_page_size(count);
  auto resources = stub.ListResources(request);
  std::vector<std::string> names;
  while (auto resource = co_await resources.next()) names.push_back(resource->name());
  auto end = resources.finish();
  const auto status = co_await end;
  EXPECT_EQ(status, Status());
  co_return names;
}

Task<int> create(MyService::Stub stub, int count) {
  auto resources = stub.CreateResources();
  const auto resource = named("hat");
  for (int i = 0; i < count; ++i) co_await resources.write(resource);
  auto finish = resources.finish();
  const auto response = co_await std::move(finish);
  co_return response ? response->count() : -1;
}

Task<std::vector<std::string>> sync(MyService::Stub stub) {
  auto stream = stub.SyncResources();
  std::vector<std::string> names;
  for (const char* name : {"hat", "coat"}) {
    const auto resource = named(name);
    co_await stream.write(resource);
    auto stored = co_await stream.next();
    if (stored) names.push_back(stored->name());
  }
  stream.half_close();
  auto end = stream.finish();
  const auto status = co_await end;
  EXPECT_EQ(status, Status());
  co_return names;
}

TEST_F(InProcess, ServesAllFourKindsOfCalls) {
  InProcessServer server;
  server.add_servicer(fake);
  const auto stub = server.stub<MyService::Stub>();
  EXPECT_EQ(sync_wait(MyService::Stub(stub).GetResource(GetResourceRequest()))->name(), "hat");
  EXPECT_THAT(sync_wait(list(stub, 3)), ElementsAre("0", "1", "2"));
  EXPECT_EQ(sync_wait(create(stub, 5)), 5);
  EXPECT_THAT(sync_wait(sync(stub)), ElementsAre("stored hat", "stored coat"));
}

TEST_F(InProcess, ServesAllFourKindsOfCallsOnAManualLoop) {
  ManualLoop loop;
  InProcessServer server(loop);
  server.add_servicer(fake);
  const auto stub = server.stub<MyService::Stub>();
  EXPECT_EQ(loop.run([&] { return MyService::Stub(stub).GetResource(GetResourceRequest()); })->name(), "hat");
  EXPECT_THAT(loop.run([&] { return list(stub, 3); }), ElementsAre("0", "1", "2"));
  EXPECT_EQ(loop.run([&] { return create(stub, 5); }), 5);
  EXPECT_THAT(loop.run([&] { return sync(stub); }), ElementsAre("stored hat", "stored coat"));
}

TEST_F(InProcess, AFunctionThatIsNotThereIsUnimplemented) {
  InProcessServer server;
  server.add_servicer(MyService::Fake());
  auto stub = server.stub<MyService::Stub>();
  EXPECT_EQ(sync_wait(stub.GetResource({})).error().code(), StatusCode::kUnimplemented);
  EXPECT_EQ(sync_wait(create(stub, 1)), -1);
}

TEST_F(InProcess, AFakeMayBeChangedBetweenCalls) {
  InProcessServer server;
  server.add_servicer(fake);
  auto stub = server.stub<MyService::Stub>();
  EXPECT_TRUE(sync_wait(stub.GetResource({})));
  fake->on_GetResource = always(unavailable("closed for lunch"));
  EXPECT_EQ(sync_wait(stub.GetResource({})).error(), unavailable("closed for lunch"));
}

/// Writes down on which side it stands, and on which thread.
class Note final : public Interceptor {
 public:
  struct Notes {
    std::mutex mutex;
    std::vector<std::string> lines;
    void add(std::string line) {
      std::lock_guard lock(mutex);
      lines.push_back(std::move(line));
    }
  };

  Note(Notes& notes, std::string side) : notes_(notes), side_(std::move(side)) {}
  std::string_view name() const noexcept override { return "Note"; }
  Task<Status> intercept(CallContext&, Next next) override {
    notes_.add(side_ + " begins");
    auto rest = next();
    auto status = co_await std::move(rest);
    notes_.add(side_ + " ends with " + std::string(to_string(status.code())));
    co_return status;
  }

 private:
  Notes& notes_;
  std::string side_;
};

TEST_F(InProcess, InterceptorsStandOnBothSides) {
  Note::Notes notes;
  fake->on_GetResource = always(not_found("no hat"));
  InProcessServer server;
  server.add_servicer(fake).add_interceptor(Note(notes, "server")).add_client_interceptor(Note(notes, "client"));
  EXPECT_FALSE(sync_wait(server.stub<MyService::Stub>().GetResource({})));
  EXPECT_THAT(notes.lines, ElementsAre("client begins", "server begins", "server ends with NOT_FOUND",
                                       "client ends with NOT_FOUND"));
}

TEST_F(InProcess, ManyThreadsMayCall) {
  std::atomic<int> calls = 0;
  fake->on_GetResource = [&](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    ++calls;
    co_return named("hat");
  };
  InProcessServer server;
  server.add_servicer(fake);
  auto stub = server.stub<MyService::Stub>();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([stub]() mutable {
        for (int call = 0; call < 10; ++call) EXPECT_TRUE(sync_wait(stub.GetResource({})));
      });
    }
  }
  EXPECT_EQ(calls, 40);
}

TEST_F(InProcess, ACallFromAWorkerStaysThere) {
  std::atomic<std::thread::id> handler;
  fake->on_GetResource = [&](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    handler = std::this_thread::get_id();
    co_return named("hat");
  };
  RuntimeOptions options;
  options.workers = 1;
  Runtime runtime(options);
  InProcessServer server;
  server.add_servicer(fake);
  const auto call = [](MyService::Stub stub) -> Task<std::thread::id> {
    auto call = stub.GetResource({});
    const auto resource = co_await std::move(call);
    EXPECT_TRUE(resource);
    co_return std::this_thread::get_id();
  };
  const auto caller = sync_wait(runtime.worker(0), call(server.stub<MyService::Stub>()));
  EXPECT_EQ(caller, handler.load());
}

TEST_F(InProcess, TheWorkerThatCallsMayEndFirst) {
  InProcessServer server;
  server.add_servicer(fake);
  {
    RuntimeOptions options;
    options.workers = 1;
    Runtime runtime(options);
    EXPECT_THAT(sync_wait(runtime.worker(0), list(server.stub<MyService::Stub>(), 2)), ElementsAre("0", "1"));
  }
  EXPECT_THAT(sync_wait(list(server.stub<MyService::Stub>(), 2)), ElementsAre("0", "1"));
}

/// A service that asks another one, as services do.
class Forwarding final : public MyService::Servicer {
 public:
  explicit Forwarding(MyService::Stub next) : next_(std::move(next)) {}
  Task<Result<Resource>> GetResource(ServerContext& context, const GetResourceRequest& request) override {
    EXPECT_TRUE(context.deadline().is_set());
    auto call = next_.GetResource(request);
    co_return co_await std::move(call);
  }

 private:
  MyService::Stub next_;
};

TEST_F(InProcess, AHandlersCallToAFakeHasTheHandlersDeadline) {
  ManualLoop loop;
  std::optional<Deadline> seen;
  fake->on_GetResource = [&](ServerContext& context, const GetResourceRequest&) -> Task<Result<Resource>> {
    seen = context.deadline();
    co_return named("hat");
  };
  InProcessServer behind(loop);
  behind.add_servicer(fake);
  InProcessServer front(loop);
  front.add_servicer(Forwarding(behind.stub<MyService::Stub>()));
  CallOptions options;
  options.timeout = std::chrono::seconds(5);
  auto stub = front.stub<MyService::Stub>();
  EXPECT_TRUE(loop.run([&] { return stub.GetResource({}, options); }));
  ASSERT_TRUE(seen);
  EXPECT_LE(seen->remaining(loop.worker().now()), std::chrono::seconds(5));
}

TEST_F(InProcess, AStubThatOutlivesItsServerIsUnavailable) {
  std::optional<MyService::Stub> stub;
  {
    InProcessServer server;
    server.add_servicer(fake);
    stub = server.stub<MyService::Stub>();
    EXPECT_TRUE(sync_wait(stub->GetResource({})));
  }
  EXPECT_EQ(sync_wait(stub->GetResource({})).error().code(), StatusCode::kUnavailable);
}

TEST_F(InProcess, TheEndOfTheServerCancelsWhatRuns) {
  std::atomic<bool> cancelled = false;
  std::promise<void> begun;
  fake->on_GetResource = [&](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    begun.set_value();
    try {
      auto long_time = sleep_for(std::chrono::hours(1));
      co_await std::move(long_time);
    } catch (const StatusError&) {
      cancelled = true;
    }
    co_return named("late");
  };
  std::jthread caller;
  {
    InProcessServer server;
    server.add_servicer(fake);
    auto stub = server.stub<MyService::Stub>();
    caller = std::jthread(
        [stub]() mutable { EXPECT_EQ(sync_wait(stub.GetResource({})).error().code(), StatusCode::kUnavailable); });
    begun.get_future().wait();
  }
  EXPECT_TRUE(cancelled);
}

TEST_F(InProcess, RetriesWhenTheTestAsksForThem) {
  int calls = 0;
  fake->on_GetResource = [&](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    if (++calls < 3) co_return unavailable("not yet");
    co_return named("hat");
  };
  InProcessOptions options;
  options.client.enable_retry = true;
  ManualLoop loop;
  InProcessServer server(loop, options);
  server.add_servicer(fake);
  auto stub = server.stub<MyService::Stub>();
  auto call = loop.start([&] { return stub.GetResource({}); });
  EXPECT_EQ(calls, 1);
  loop.advance(std::chrono::seconds(5));
  EXPECT_EQ(calls, 3);
  ASSERT_TRUE(call.done());
  EXPECT_TRUE(call.take());
}

TEST_F(InProcess, WithoutRetriesUnlessAsked) {
  int calls = 0;
  fake->on_GetResource = [&](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
    ++calls;
    co_return unavailable("closed");
  };
  ManualLoop loop;
  InProcessServer server(loop);
  server.add_servicer(fake);
  auto stub = server.stub<MyService::Stub>();
  EXPECT_EQ(loop.run([&] { return stub.GetResource({}); }).error(), unavailable("closed"));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace plinth::testing

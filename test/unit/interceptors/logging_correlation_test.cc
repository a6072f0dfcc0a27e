#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "logged_calls.h"

namespace plinth::test {
namespace {

using testing::always;
using ::testing::ElementsAre;
using testing::InProcessServer;
using ::testing::MatchesRegex;

constexpr const char* kUuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

class LoggingCorrelation : public LoggedCalls {};

TEST_F(LoggingCorrelation, EchoesTheCallersCorrelationId) {
  log_server();
  call(with_id("abc-123"));
  EXPECT_THAT(initial.get_all("x-correlation-id"), ElementsAre("abc-123"));
}

TEST_F(LoggingCorrelation, MakesACorrelationIdWhenTheCallerHasNone) {
  log_server();
  call();
  const auto id = events->only("grpc_request_completed")["correlation_id"].get<std::string>();
  EXPECT_THAT(id, MatchesRegex(kUuid));
  EXPECT_THAT(initial.get_all("x-correlation-id"), ElementsAre(id));
}

TEST_F(LoggingCorrelation, MakesACorrelationIdWhenTheCallersIsUnfit) {
  log_server();
  for (const std::string& unfit :
       {std::string("two words"), std::string("\"},{\"level\":\"info"), std::string(129, 'x'), std::string(),
        std::string("a'b"), std::string("back\\slash")}) {
    events->clear();
    call(with_id(unfit));
    const auto id = events->only("grpc_request_completed")["correlation_id"].get<std::string>();
    EXPECT_THAT(id, MatchesRegex(kUuid)) << "instead of " << unfit;
    EXPECT_THAT(initial.get_all("x-correlation-id"), ElementsAre(id));
  }
}

/// Metadata in front of the status would be an answer, after which clients do not try again (gRFC A6).
TEST_F(LoggingCorrelation, EchoesTheCorrelationIdOfACallThatFailsWithTheStatus) {
  fake->on_GetResource = always(not_found("no hat"));
  log_server();
  call(with_id("abc-123"));
  EXPECT_TRUE(initial.empty());
  EXPECT_THAT(trailing.get_all("x-correlation-id"), ElementsAre("abc-123"));
}

TEST_F(LoggingCorrelation, ShowsTheCorrelationIdToTheHandler) {
  std::string attached, current;
  fake->on_GetResource = [&](ServerContext& context, const GetResourceRequest&) -> Task<Result<Resource>> {
    attached = context.find<CorrelationId>()->value;
    current = current_correlation_id();
    co_return Resource();
  };
  log_server();
  call(with_id("abc-123"));
  EXPECT_EQ(attached, "abc-123");
  EXPECT_EQ(current, "abc-123");
  EXPECT_EQ(current_correlation_id(), "") << "outside of the call";
}

TEST_F(LoggingCorrelation, LetsAnInterceptorFurtherOutChooseTheCorrelationId) {
  class Chooser final : public Interceptor {
    std::string_view name() const noexcept override { return "Chooser"; }
    Task<Status> intercept(CallContext& call, Next next) override {
      call.attach(CorrelationId{"chosen"});
      return next();
    }
  };
  server.add_interceptor(Chooser());
  log_server();
  call(with_id("abc-123"));
  EXPECT_EQ(events->only("grpc_request_completed")["correlation_id"], "chosen");
  EXPECT_THAT(initial.get_all("x-correlation-id"), ElementsAre("chosen"));
}

TEST_F(LoggingCorrelation, SendsACorrelationIdWithACallOfItsOwn) {
  std::string seen;
  fake->on_GetResource = [&](ServerContext& context, const GetResourceRequest&) -> Task<Result<Resource>> {
    seen = context.request_metadata().get("x-correlation-id").value_or("none");
    co_return Resource();
  };
  log_client();
  call();
  EXPECT_THAT(seen, MatchesRegex(kUuid));
  EXPECT_EQ(events->only("grpc_client_request_completed")["correlation_id"], seen);
}

TEST_F(LoggingCorrelation, LeavesACorrelationIdThatTheUserGives) {
  std::vector<std::string> seen;
  fake->on_GetResource = [&](ServerContext& context, const GetResourceRequest&) -> Task<Result<Resource>> {
    for (const auto id : context.request_metadata().get_all("x-correlation-id")) seen.emplace_back(id);
    co_return Resource();
  };
  log_client();
  call(with_id("mine"));
  EXPECT_THAT(seen, ElementsAre("mine"));
  EXPECT_EQ(events->only("grpc_client_request_completed")["correlation_id"], "mine");
}

/// A service that asks another one.
class Forwarding final : public MyService::Servicer {
 public:
  Forwarding(MyService::Stub next, CallOptions options) : next_(std::move(next)), options_(std::move(options)) {}
  Task<Result<Resource>> GetResource(ServerContext&, const GetResourceRequest& request) override {
    auto call = next_.GetResource(request, options_);
    co_return co_await std::move(call);
  }

 private:
  MyService::Stub next_;
  CallOptions options_;
};

class LoggingChain : public LoggedCalls {
 protected:
  /// The ids that are logged when a call with the id "abc-123" passes through a service to the one behind.
  std::vector<std::string> ids(CallOptions options = {}) {
    log_client();
    log_server();
    InProcessServer front(loop);
    front.add_servicer(Forwarding(server.stub<MyService::Stub>(), std::move(options)));
    front.add_interceptor(LoggingInterceptor(events));
    EXPECT_TRUE(loop.run([&] { return get(front.stub<MyService::Stub>(), with_id("abc-123")); }).ok());
    std::vector<std::string> ids;
    for (const auto& e : events->all()) {
      if (e["event"].get<std::string>().ends_with("_completed")) ids.push_back(e["correlation_id"]);
    }
    return ids;
  }
};

TEST_F(LoggingChain, KeepsOneCorrelationIdFromServiceToService) {
  EXPECT_THAT(ids(), ElementsAre("abc-123", "abc-123", "abc-123"))
      << "the one behind, the call to it, the one in front";
}

TEST_F(LoggingChain, LetsTheHandlerGiveAnotherOneToTheCallsThatItMakes) {
  EXPECT_THAT(ids(with_id("other")), ElementsAre("other", "other", "abc-123"));
}

}  // namespace
}  // namespace plinth::test

#include "services/health_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>

#include "grpc/health/v1/health.pb.h"
#include "support/fake_call.h"
#include "support/kept_log.h"
#include "support/manual_loop.h"

namespace plinth::services {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::health::v1::HealthListRequest;
using grpc::health::v1::HealthListResponse;
using test::FakeCall;
using test::KeptLog;
using test::ManualLoop;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr auto kServing = HealthCheckResponse::SERVING;
constexpr auto kNotServing = HealthCheckResponse::NOT_SERVING;
constexpr auto kServiceUnknown = HealthCheckResponse::SERVICE_UNKNOWN;

class HealthServiceTest : public ::testing::Test {
 protected:
  HealthServiceTest() {
    health_.start(loop_.worker());
    EXPECT_THAT(log_->take(), ElementsAre("health_status_changed service= status=SERVING"));
  }

  using Statuses = std::vector<HealthCheckResponse::ServingStatus>;

  static HealthCheckRequest request(const std::string& service) {
    HealthCheckRequest message;
    message.set_service(service);
    return message;
  }

  /// The answer of Check, or its error.
  Result<HealthCheckResponse::ServingStatus> check(const std::string& service) {
    FakeCall call(loop_.worker(), *servicer_, "Check");
    call.request(request(service));
    call.start();
    if (!call.status()->ok()) return std::unexpected(*call.status());
    return call.responses<HealthCheckResponse>().at(0).status();
  }

  std::map<std::string, HealthCheckResponse::ServingStatus> list() {
    FakeCall call(loop_.worker(), *servicer_, "List");
    call.request(HealthListRequest());
    call.start();
    EXPECT_EQ(call.status(), Status());
    std::map<std::string, HealthCheckResponse::ServingStatus> statuses;
    const auto responses = call.responses<HealthListResponse>();
    for (const auto& [name, response] : responses.at(0).statuses()) statuses[name] = response.status();
    return statuses;
  }

  std::unique_ptr<FakeCall> watch(const std::string& service) {
    auto call = std::make_unique<FakeCall>(loop_.worker(), *servicer_, "Watch");
    call->request(request(service));
    call->start();
    return call;
  }

  /// What a Watch call has sent since this was last asked for.
  Statuses seen(FakeCall& call) {
    loop_.poll();
    Statuses statuses;
    for (const auto& response : call.responses<HealthCheckResponse>()) statuses.push_back(response.status());
    return statuses;
  }

  void end(FakeCall& call) { call.cancel(cancelled("the client has gone")); }

  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();
  ManualLoop loop_;
  HealthService health_{log_};
  std::shared_ptr<BaseServicer> servicer_ = health_.servicer();
};

TEST_F(HealthServiceTest, IsTheStandardService) { EXPECT_EQ(servicer_->service_name(), "grpc.health.v1.Health"); }

TEST_F(HealthServiceTest, ChecksTheServerAndItsServices) {
  health_.set_status("a.Works", HealthStatus::kServing);
  health_.set_status("a.Fails", HealthStatus::kNotServing);
  health_.set_status("a.Unclear", HealthStatus::kUnknown);
  EXPECT_EQ(check(""), kServing);
  EXPECT_EQ(check("a.Works"), kServing);
  EXPECT_EQ(check("a.Fails"), kNotServing);
  EXPECT_EQ(check("a.Unclear"), HealthCheckResponse::UNKNOWN);
}

TEST_F(HealthServiceTest, CheckOfAnUnknownNameIsNotFound) {
  const auto answer = check("no.such.Service");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), not_found("this server has no service \"no.such.Service\""));
}

TEST_F(HealthServiceTest, AnErrorDoesNotRepeatALongName) {
  const auto answer = check(std::string(4'000'000, 'x'));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), not_found("this server has no service (a name of 4000000 bytes)"));
}

TEST_F(HealthServiceTest, ListsAllThatIsKnown) {
  health_.set_status("a.Works", HealthStatus::kServing);
  health_.set_status("a.Fails", HealthStatus::kNotServing);
  EXPECT_THAT(list(), ElementsAre(Pair("", kServing), Pair("a.Fails", kNotServing), Pair("a.Works", kServing)));
}

TEST_F(HealthServiceTest, TheServerItselfCanBeSetToo) {
  health_.set_status("", HealthStatus::kNotServing);
  EXPECT_EQ(check(""), kNotServing);
  health_.set_status("", HealthStatus::kServing);
  EXPECT_EQ(check(""), kServing);
}

TEST_F(HealthServiceTest, WatchSendsTheStatusAtOnceAndEachChange) {
  health_.set_status("a.Service", HealthStatus::kServing);
  auto call = watch("a.Service");
  EXPECT_THAT(seen(*call), ElementsAre(kServing));
  health_.set_status("a.Service", HealthStatus::kNotServing);
  EXPECT_THAT(seen(*call), ElementsAre(kNotServing));
  health_.set_status("a.Service", HealthStatus::kServing);
  EXPECT_THAT(seen(*call), ElementsAre(kServing));
  EXPECT_EQ(call->status(), std::nullopt) << "a watch goes on until the client ends it";
  end(*call);
}

TEST_F(HealthServiceTest, WatchDoesNotSendWhatHasNotChanged) {
  health_.set_status("a.Service", HealthStatus::kServing);
  auto call = watch("a.Service");
  EXPECT_THAT(seen(*call), ElementsAre(kServing));
  health_.set_status("a.Service", HealthStatus::kServing);
  health_.set_status("another.Service", HealthStatus::kNotServing);
  health_.set_status("", HealthStatus::kNotServing);
  EXPECT_THAT(seen(*call), IsEmpty());
  end(*call);
}

TEST_F(HealthServiceTest, WatchOfAnUnknownNameSaysSoAndWaitsForIt) {
  auto call = watch("a.Late");
  EXPECT_THAT(seen(*call), ElementsAre(kServiceUnknown));
  EXPECT_EQ(call->status(), std::nullopt);
  health_.set_status("a.Late", HealthStatus::kServing);
  EXPECT_THAT(seen(*call), ElementsAre(kServing));
  end(*call);
}

TEST_F(HealthServiceTest, ASlowWatcherGetsOnlyTheLatestStatus) {
  health_.set_status("a.Service", HealthStatus::kServing);
  FakeCall call(loop_.worker(), *servicer_, "Watch");
  call.set_room(0);
  call.request(request("a.Service"));
  call.start();
  for (int i = 0; i < 1000; ++i) {
    health_.set_status("a.Service", i % 2 ? HealthStatus::kServing : HealthStatus::kNotServing);
  }
  health_.set_status("a.Service", HealthStatus::kNotServing);
  EXPECT_THAT(seen(call), IsEmpty());
  call.set_room(100);
  EXPECT_THAT(seen(call), ElementsAre(kServing, kNotServing)) << "what waited for room, then what is true now";
  end(call);
}

TEST_F(HealthServiceTest, ChangesThatAreOverBeforeTheWatcherLooksAreNotSent) {
  health_.set_status("a.Service", HealthStatus::kServing);
  auto call = watch("a.Service");
  EXPECT_THAT(seen(*call), ElementsAre(kServing));
  health_.set_status("a.Service", HealthStatus::kNotServing);
  health_.set_status("a.Service", HealthStatus::kServing);
  EXPECT_THAT(seen(*call), IsEmpty());
  end(*call);
}

TEST_F(HealthServiceTest, WatchersOfOneServiceAreAllToldOnTheirOwnWorkers) {
  health_.set_status("a.Service", HealthStatus::kServing);
  ManualLoop other;
  FakeCall there(other.worker(), *servicer_, "Watch");
  there.request(request("a.Service"));
  there.start();
  auto here = watch("a.Service");
  EXPECT_THAT(seen(*here), ElementsAre(kServing));
  EXPECT_EQ(there.responses<HealthCheckResponse>().size(), 1u);

  std::thread([this] { health_.set_status("a.Service", HealthStatus::kNotServing); }).join();
  EXPECT_THAT(seen(*here), ElementsAre(kNotServing));
  EXPECT_THAT(there.responses<HealthCheckResponse>(), IsEmpty()) << "its worker has not run yet";
  other.poll();
  EXPECT_EQ(there.responses<HealthCheckResponse>().size(), 1u);
  end(*here);
  end(there);
}

TEST_F(HealthServiceTest, ACancelledWatchEndsAndIsForgotten) {
  health_.set_status("a.Service", HealthStatus::kServing);
  auto call = watch("a.Service");
  call->cancel(deadline_exceeded("Deadline exceeded"));
  loop_.poll();
  EXPECT_EQ(call->status(), deadline_exceeded("Deadline exceeded"));
  call.reset();
  health_.set_status("a.Service", HealthStatus::kNotServing);
  loop_.poll();
}

TEST_F(HealthServiceTest, WatchOfATooLongNameIsRefused) {
  auto call = watch(std::string(1001, 'x'));
  EXPECT_THAT(seen(*call), IsEmpty());
  EXPECT_EQ(call->status(), invalid_argument("no service has (a name of 1001 bytes)"));
  auto allowed = watch(std::string(1000, 'x'));
  EXPECT_THAT(seen(*allowed), ElementsAre(kServiceUnknown));
  end(*allowed);
}

TEST_F(HealthServiceTest, ShuttingDownTellsWatchersAndEndsTheirCalls) {
  health_.set_status("a.Service", HealthStatus::kServing);
  health_.set_status("a.Failed", HealthStatus::kNotServing);
  auto known = watch("a.Service");
  auto failed = watch("a.Failed");
  auto unknown = watch("no.such.Service");
  for (auto* call : {&known, &failed, &unknown}) EXPECT_EQ(seen(**call).size(), 1u);
  health_.shut_down();
  EXPECT_THAT(seen(*known), ElementsAre(kNotServing));
  EXPECT_THAT(seen(*failed), IsEmpty());
  EXPECT_THAT(seen(*unknown), IsEmpty());
  for (auto* call : {&known, &failed, &unknown}) {
    EXPECT_EQ((*call)->status(), unavailable("the server is shutting down"));
  }
}

TEST_F(HealthServiceTest, AfterShuttingDownNothingServes) {
  health_.set_status("a.Service", HealthStatus::kServing);
  health_.shut_down();
  health_.set_status("a.Service", HealthStatus::kServing);
  health_.set_status("a.Late", HealthStatus::kServing);
  EXPECT_THAT(list(), ElementsAre(Pair("", kNotServing), Pair("a.Late", kNotServing), Pair("a.Service", kNotServing)));
  EXPECT_EQ(check(""), kNotServing);
  EXPECT_FALSE(check("no.such.Service"));
  auto late = watch("a.Service");
  EXPECT_THAT(seen(*late), ElementsAre(kNotServing));
  EXPECT_EQ(late->status(), unavailable("the server is shutting down"));
}

TEST_F(HealthServiceTest, AServerThatStartsAgainServesAgain) {
  health_.set_status("a.Service", HealthStatus::kServing);
  health_.stop();
  health_.start(loop_.worker());
  EXPECT_THAT(list(), ElementsAre(Pair("", kServing), Pair("a.Service", kServing)));
}

TEST_F(HealthServiceTest, LogsChanges) {
  health_.set_status("a.Service", HealthStatus::kServing);
  EXPECT_THAT(log_->take(), IsEmpty()) << "that a service is there and works is no change";
  health_.set_status("a.Service", HealthStatus::kNotServing);
  health_.set_status("a.Service", HealthStatus::kNotServing);
  EXPECT_THAT(log_->take(), ElementsAre("health_status_changed service=a.Service status=NOT_SERVING"));
  health_.set_status("another.Service", HealthStatus::kNotServing);
  EXPECT_THAT(log_->take(), ElementsAre("health_status_changed service=another.Service status=NOT_SERVING"));
  health_.shut_down();
  health_.shut_down();
  EXPECT_THAT(log_->take(), ElementsAre("health_status_changed service= status=NOT_SERVING"));
}

TEST_F(HealthServiceTest, TheServicerMayOutliveTheService) {
  auto health = std::make_unique<HealthService>(log_);
  servicer_ = health->servicer();
  EXPECT_EQ(check(""), kNotServing) << "it has not started";
  health->start(loop_.worker());
  health.reset();
  EXPECT_EQ(check(""), kServing);
}

TEST(HealthStatus, HasAName) {
  EXPECT_EQ(to_string(HealthStatus::kServing), "SERVING");
  EXPECT_EQ(to_string(HealthStatus::kNotServing), "NOT_SERVING");
  EXPECT_EQ(to_string(HealthStatus::kUnknown), "UNKNOWN");
}

}  // namespace
}  // namespace plinth::services

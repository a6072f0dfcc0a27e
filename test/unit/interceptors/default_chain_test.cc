#include "plinth/default_chain.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "call_matrix.h"
#include "support/kept_log.h"

namespace plinth::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DefaultChain : public ::testing::Test {
 protected:
  static std::vector<std::string> names(const InterceptorList& chain) {
    std::vector<std::string> names;
    for (const auto& interceptor : chain) names.emplace_back(interceptor->name());
    return names;
  }

  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();
  const Telemetry telemetry_ = kept_telemetry(log_, std::make_shared<KeptSpans>());
};

TEST_F(DefaultChain, HasErrorsOutermostAndAuthInnermost) {
  EXPECT_THAT(names(default_chain(telemetry_, signed_with_a_secret())),
              ElementsAre("ErrorInterceptor", "MetricsInterceptor", "TracingInterceptor", "LoggingInterceptor",
                          "AuthInterceptor"));
  EXPECT_THAT(log_->take(), IsEmpty());
}

TEST_F(DefaultChain, LeavesAuthOutWithoutAKeyAndSaysSo) {
  EXPECT_THAT(names(default_chain(telemetry_, {})),
              ElementsAre("ErrorInterceptor", "MetricsInterceptor", "TracingInterceptor", "LoggingInterceptor"));
  EXPECT_THAT(log_->take(), ElementsAre("grpc_auth_off reason=there is neither SECURITY__SECRET_KEY nor a JWKS"));
}

TEST_F(DefaultChain, RefusesAKeyThatIsNoGoodInsteadOfLeavingAuthOut) {
  auto security = signed_with_a_secret();
  security.secret_key = "short";
  try {
    default_chain(telemetry_, security);
    FAIL() << "a server that lets everybody in is worse than none";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status().code(), StatusCode::kFailedPrecondition) << error.what();
  }
}

TEST_F(DefaultChain, OfClientsHasNeitherErrorsNorAuth) {
  EXPECT_THAT(names(default_client_chain(telemetry_)),
              ElementsAre("MetricsInterceptor", "TracingInterceptor", "LoggingInterceptor"));
}

}  // namespace
}  // namespace plinth::test

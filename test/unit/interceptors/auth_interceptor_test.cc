#include "plinth/auth.h"

#include <gmock/gmock.h>

#include "myservice/service.pb.h"
#include "myservice/service.plinth.fake.h"
#include "myservice/service.plinth.h"
#include "plinth/client_context.h"
#include "plinth/testing.h"
#include "support/certificates.h"
#include "support/kept_log.h"
#include "unit/auth/signer.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using auth::test::Signer;
using myservice::GetResourceRequest;
using myservice::ListResourcesRequest;
using myservice::MyService;
using myservice::Resource;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::InProcessServer;
using ::testing::IsEmpty;

SecuritySettings security(std::string secret, std::string algorithm = "HS256", std::string url = "",
                          std::string file = "") {
  SecuritySettings settings;
  settings.secret_key = std::move(secret);
  settings.algorithm = std::move(algorithm);
  settings.jwks_url = std::move(url);
  settings.jwks_file = std::move(file);
  return settings;
}

constexpr const char* kGetResource = "/myservice.MyService/GetResource";

/// Adds headers as an attacker would: unchecked.
class AddHeaders final : public Interceptor {
 public:
  explicit AddHeaders(std::vector<std::string> headers) : headers_(std::move(headers)) {}
  std::string_view name() const noexcept override { return "AddHeaders"; }
  Task<Status> intercept(CallContext& call, Next next) override {
    for (const auto& header : headers_) {
      call.as_client()->request_metadata().add_unchecked("authorization", header);
    }
    return next();
  }

 private:
  std::vector<std::string> headers_;
};

class AuthInterceptorTest : public ::testing::Test {
 protected:
  AuthInterceptorTest() {
    options_.security.secret_key = Signer::kSecret;
    options_.logger = log_;
    options_.now = [] noexcept { return Claims::Time(1000s); };
    log_->set_level(LogLevel::kInfo);
    fake_->on_GetResource = [](ServerContext& context, const GetResourceRequest&) -> Task<Result<Resource>> {
      Resource who;
      who.set_name(claims_of(context).subject());
      co_return who;
    };
    fake_->on_ListResources = [](ServerContext&, const ListResourcesRequest&) -> Generator<Resource> {
      co_yield Resource();
    };
  }

  /// What GetResource answers to a caller with these headers: whom it takes the caller for, or its status.
  std::string answer(std::vector<std::string> headers) {
    InProcessServer server;
    server.add_servicer(fake_).add_interceptor(AuthInterceptor(options_)).add_client_interceptor(AddHeaders(headers));
    auto stub = server.stub<MyService::Stub>();
    const auto resource = sync_wait(stub.GetResource(GetResourceRequest()));
    return resource ? resource->name() : resource.error().to_string();
  }
  std::string answer_to(std::string_view claims) { return answer({"Bearer " + signer_.token(claims)}); }

  const Signer signer_{"HS256"};
  const std::string good_ = "Bearer " + signer_.token(R"({"sub":"alice","exp":2000,"scope":"read"})");
  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  AuthOptions options_;
  std::shared_ptr<MyService::Fake> fake_ = std::make_shared<MyService::Fake>();
};

TEST_F(AuthInterceptorTest, TellsTheHandlerWhoCalls) {
  EXPECT_EQ(answer({good_}), "alice");
  EXPECT_THAT(log_->take(), ElementsAre("grpc_auth_success method=/myservice.MyService/GetResource user_id=alice"));
}

TEST_F(AuthInterceptorTest, WantsExactlyOneBearerToken) {
  const auto missing = "UNAUTHENTICATED: Missing or invalid authorization header";
  EXPECT_EQ(answer({}), missing);
  EXPECT_THAT(log_->take(),
              ElementsAre(HasSubstr("grpc_auth_missing_token method=/myservice.MyService/GetResource peer=")));
  EXPECT_EQ(answer({""}), missing);
  EXPECT_EQ(answer({"Basic YTpi"}), missing);
  EXPECT_EQ(answer({good_, good_}), missing);
  EXPECT_EQ(answer({good_ + ", " + good_}), missing);
}

TEST_F(AuthInterceptorTest, TellsTheLogAloneWhyATokenIsBad) {
  const auto expired = signer_.token(R"({"sub":"alice","exp":1})");
  EXPECT_EQ(answer({"Bearer " + expired}), "UNAUTHENTICATED: Invalid token");
  const auto lines = log_->take();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("grpc_auth_invalid_token method=/myservice.MyService/GetResource peer="));
  EXPECT_THAT(lines[0], HasSubstr(" reason=it has expired"));
  EXPECT_THAT(lines[0], ::testing::Not(HasSubstr(expired)));
  EXPECT_EQ(answer({"bearer abc"}), "UNAUTHENTICATED: Invalid token");
  EXPECT_EQ(answer({good_.substr(0, good_.size() - 1)}), "UNAUTHENTICATED: Invalid token");
  EXPECT_EQ(answer({"Bearer eyJhbGciOiJub25lIn0.e30."}), "UNAUTHENTICATED: Invalid token");
}

TEST_F(AuthInterceptorTest, WantsTheScopesOfThePolicy) {
  options_.policy.require_scopes(kGetResource, {"read", "write"});
  EXPECT_EQ(answer({good_}), "PERMISSION_DENIED: The scope 'write' is needed");
  EXPECT_THAT(log_->take(), ElementsAre(HasSubstr("grpc_auth_denied")));
  EXPECT_EQ(answer_to(R"({"sub":"bob","exp":2000,"scp":["write","read"]})"), "bob");
}

TEST_F(AuthInterceptorTest, LetsEverybodyIntoAPublicMethod) {
  options_.policy.allow(kGetResource);
  EXPECT_EQ(answer({}), "UNAUTHENTICATED: Missing or invalid authorization header") << "the handler asks for claims";
  fake_->on_GetResource = testing::always(Resource());
  EXPECT_EQ(answer({}), "");
  EXPECT_EQ(answer({"Bearer nonsense"}), "") << "nobody looks at it";
  EXPECT_THAT(log_->take(), IsEmpty());
}

TEST_F(AuthInterceptorTest, LetsNobodyIntoADeniedMethod) {
  options_.policy.deny("*");
  EXPECT_EQ(answer({good_}), "PERMISSION_DENIED: Access denied");
}

TEST_F(AuthInterceptorTest, GuardsStreamsToo) {
  InProcessServer server;
  server.add_servicer(fake_).add_interceptor(AuthInterceptor(options_));
  auto stub = server.stub<MyService::Stub>();
  const auto list = [](MyService::Stub caller) -> Task<Status> {
    const ListResourcesRequest request;
    auto resources = caller.ListResources(request);
    auto end = resources.finish();
    co_return co_await end;
  };
  EXPECT_EQ(sync_wait(list(stub)), unauthenticated("Missing or invalid authorization header"));
}

TEST_F(AuthInterceptorTest, TakesItsKeysFromAFile) {
  const Signer issuer("ES256");
  const test::TempFolder folder;
  options_.security = security("", "ES256", "", folder.write("keys.json", issuer.jwks(R"(,"kid":"1")")));
  EXPECT_EQ(answer({"Bearer " + issuer.token(R"({"sub":"carol","exp":2000})", R"(,"kid":"1")")}), "carol");
  EXPECT_EQ(answer({good_}), "UNAUTHENTICATED: Invalid token") << "the secret is no key any more";
}

std::string mistake_in(SecuritySettings security) {
  try {
    const AuthInterceptor interceptor({.security = std::move(security)});
    return "none";
  } catch (const StatusError& error) {
    return error.what();
  }
}

TEST(AuthInterceptor, IsNotMadeOfSettingsThatDoNotFit) {
  const std::string secret(Signer::kSecret);
  EXPECT_EQ(mistake_in(security(secret)), "none");
  EXPECT_EQ(mistake_in({}), "SECURITY__ALGORITHM is HS256, which needs SECURITY__SECRET_KEY");
  EXPECT_EQ(mistake_in(security("short")),
            "SECURITY__SECRET_KEY: a secret key of 5 bytes is too short: at least 32 are needed");
  EXPECT_EQ(mistake_in(security(secret, "none")), "SECURITY__ALGORITHM 'none' is not known");
  EXPECT_EQ(mistake_in(security(secret, "RS256")),
            "SECURITY__ALGORITHM is RS256, which needs one of SECURITY__JWKS_URL and SECURITY__JWKS_FILE");
  EXPECT_EQ(mistake_in(security("", "RS256", "https://a/", "b")),
            "SECURITY__ALGORITHM is RS256, which needs one of SECURITY__JWKS_URL and SECURITY__JWKS_FILE");
  EXPECT_EQ(mistake_in(security(secret, "HS256", "https://issuer.example/")),
            "SECURITY__ALGORITHM is HS256, which has no use for SECURITY__JWKS_URL and SECURITY__JWKS_FILE: set it to "
            "the algorithm of their keys, such as RS256");
  EXPECT_EQ(mistake_in(security("", "RS256", "", "/no/such")),
            "SECURITY__JWKS_FILE: cannot read '/no/such': No such file or directory");
  EXPECT_EQ(mistake_in(security("", "RS256", "ftp://a/")),
            "SECURITY__JWKS_URL: no http or https URL without a password");
  auto skewed = security(secret);
  skewed.clock_skew = 48h;
  EXPECT_EQ(mistake_in(skewed), "SECURITY__CLOCK_SKEW must be from 0 to 86400 seconds");
}

TEST(AuthInterceptor, IsNotMadeOfAFileWithoutAKeyForTheAlgorithm) {
  const test::TempFolder folder;
  const auto file = folder.write("keys.json", Signer("ES256").jwks());
  EXPECT_EQ(mistake_in(security("", "RS256", "", file)),
            fmt::format(R"(SECURITY__JWKS_FILE '{}': no key for RS256: RS256 needs a key with "kty":"RSA")", file));
}

TEST(HasAuth, IsTrueWhenThereIsAKeyOrAPlaceToGetOneFrom) {
  EXPECT_FALSE(has_auth({}));
  EXPECT_TRUE(has_auth(security("x")));
  EXPECT_TRUE(has_auth(security("", "RS256", "x")));
  EXPECT_TRUE(has_auth(security("", "RS256", "", "x")));
}

}  // namespace
}  // namespace plinth

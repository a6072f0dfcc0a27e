// What the interceptors between the ErrorInterceptor and the handler see of an error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "plinth/error_interceptor.h"
#include "plinth/errors.h"
#include "support/status_recorder.h"
#include "support/test_client.h"

namespace plinth {
namespace {

using test::Text;
using ::testing::ElementsAre;

class ErrorTranslation : public ::testing::Test {
 protected:
  ErrorTranslation() {
    ErrorOptions options;
    options.map.add<std::range_error>([](const auto&) -> Status { throw std::runtime_error("the map is broken"); });
    options.logger = log_;
    interceptors().push_back(std::make_shared<ErrorInterceptor>(std::move(options)));
    interceptors().push_back(recorder_);
  }

  std::vector<std::shared_ptr<Interceptor>>& interceptors() { return server_.shared.interceptors; }

  std::string call(std::function<Status()> action) {
    server_.servicer->unary = [action](ServerContext&, const Text&) -> Task<Result<Text>> {
      auto status = action();
      co_return std::move(status);
    };
    return client_.call(test::kUnary, "x").status();
  }

  std::shared_ptr<test::StatusRecorder> recorder_ = std::make_shared<test::StatusRecorder>();
  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  test::TestServer server_;
  test::TestClient client_{server_};
};

TEST_F(ErrorTranslation, ShowsThemWhatThePeerSees) {
  EXPECT_EQ(call([]() -> Status { throw NotFoundError("Resource", "7"); }), "NOT_FOUND: Resource not found");
  EXPECT_EQ(call([] { return as_status(ConflictError("Resource", "7")); }), "ALREADY_EXISTS: Resource already exists");
  EXPECT_EQ(call([]() -> Status { throw 42; }), "INTERNAL: Internal server error");
  EXPECT_EQ(call([] { return aborted("try again"); }), "ABORTED: try again");
  EXPECT_THAT(recorder_->ended, ElementsAre("NOT_FOUND: Resource not found", "ALREADY_EXISTS: Resource already exists",
                                            "INTERNAL: Internal server error", "ABORTED: try again"));
  EXPECT_EQ(log_->take().size(), 3u) << "each that was an accident, once";
}

class ThrowingInterceptor final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "ThrowingInterceptor"; }
  Task<Status> intercept(CallContext&, Next) override { throw ForbiddenError("ann may not"); }
};

TEST_F(ErrorTranslation, ShowsThemWhatInterceptorsThrow) {
  interceptors().push_back(std::make_shared<ThrowingInterceptor>());
  EXPECT_EQ(call([] { return Status(); }), "PERMISSION_DENIED: Access denied");
  EXPECT_THAT(recorder_->ended, ElementsAre("PERMISSION_DENIED: Access denied"));
}

TEST_F(ErrorTranslation, MayFail) {
  EXPECT_EQ(call([]() -> Status { throw std::range_error("x"); }), "INTERNAL: Internal server error");
  EXPECT_THAT(log_->take(), ElementsAre("grpc_error method=/test.Text/Unary error_type=std::runtime_error "
                                        "status=INTERNAL message=the map is broken"));
  EXPECT_EQ(call([]() -> Status { throw ValidationError("x"); }), "INVALID_ARGUMENT: Validation failed");
}

TEST_F(ErrorTranslation, EndsWithTheCall) {
  for (int i = 0; i < 3; ++i) call([]() -> Status { throw NotFoundError("Resource", "7"); });
  interceptors().erase(interceptors().begin());
  EXPECT_EQ(call([]() -> Status { throw NotFoundError("Resource", "7"); }), "INTERNAL: Internal server error");
}

}  // namespace
}  // namespace plinth

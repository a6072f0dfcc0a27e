// The chain of interceptors around a call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "plinth/async.h"
#include "plinth/interceptor.h"

namespace plinth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Lines = std::vector<std::string>;

class Call final : public CallContext {
  Traffic traffic() const noexcept override { return {}; }
};

class Function final : public Interceptor {
 public:
  using Code = std::function<Task<Status>(CallContext&, Next)>;
  explicit Function(Code code) : code_(std::move(code)) {}
  std::string_view name() const noexcept override { return "Function"; }
  Task<Status> intercept(CallContext& call, Next next) override { return code_(call, next); }

 private:
  Code code_;
};

class InterceptorChain : public testing::Test, protected Next::End {
 protected:
  Task<Status> run() override {
    lines_.push_back("handler");
    co_return end_;
  }

  void add(Function::Code code) { chain_.push_back(std::make_shared<Function>(std::move(code))); }
  void add_recorder(const std::string& name) {
    add([this, name](CallContext&, Next next) { return record(name, next); });
  }
  Task<Status> record(std::string name, Next next) {
    lines_.push_back(name + " begins");
    auto rest = next();
    auto status = co_await std::move(rest);
    lines_.push_back(name + " ends with " + status.to_string());
    co_return status;
  }

  Status call() { return sync_wait(Next(chain_, call_, *this)()); }

  Call call_;
  Status end_;
  std::vector<std::shared_ptr<Interceptor>> chain_;
  Lines lines_;
};

TEST_F(InterceptorChain, OfNoneIsTheHandlerAlone) {
  end_ = not_found("nothing");
  EXPECT_EQ(call(), not_found("nothing"));
  EXPECT_THAT(lines_, ElementsAre("handler"));
}

TEST_F(InterceptorChain, RunsTheFirstOutermost) {
  add_recorder("first");
  add_recorder("second");
  EXPECT_TRUE(call().ok());
  EXPECT_THAT(lines_,
              ElementsAre("first begins", "second begins", "handler", "second ends with OK", "first ends with OK"));
}

TEST_F(InterceptorChain, MayBeRejected) {
  add_recorder("first");
  add([](CallContext&, Next) -> Task<Status> { co_return permission_denied("not for you"); });
  EXPECT_EQ(call(), permission_denied("not for you"));
  EXPECT_THAT(lines_, ElementsAre("first begins", "first ends with PERMISSION_DENIED: not for you"));
}

TEST_F(InterceptorChain, MayChangeTheStatusAndTheTrailers) {
  end_ = not_found("row 7");
  add([](CallContext& call, Next next) -> Task<Status> {
    auto rest = next();
    auto status = co_await std::move(rest);
    call.trailing_metadata().add("seen", status.to_string());
    co_return unavailable("later");
  });
  EXPECT_EQ(call(), unavailable("later"));
  EXPECT_EQ(call_.trailing_metadata().get("seen"), "NOT_FOUND: row 7");
}

TEST_F(InterceptorChain, TurnsWhatIsThrownIntoAStatus) {
  add_recorder("first");
  add([](CallContext&, Next next) -> Task<Status> {
    auto rest = next();
    co_await std::move(rest);
    throw StatusError(aborted("no more"));
  });
  EXPECT_EQ(call(), aborted("no more"));
  EXPECT_EQ(lines_.back(), "first ends with ABORTED: no more");
}

TEST_F(InterceptorChain, TurnsWhatIsThrownBeforeTheFirstWaitIntoAStatus) {
  add_recorder("first");
  add([](CallContext&, Next) -> Task<Status> { throw std::runtime_error("secret"); });
  EXPECT_EQ(call().to_string(), "INTERNAL: Internal server error");
  EXPECT_EQ(lines_.back(), "first ends with INTERNAL: Internal server error");
}

TEST_F(InterceptorChain, MayThrowOutsideOfEveryOther) {
  add([](CallContext&, Next) -> Task<Status> { throw 42; });
  EXPECT_EQ(call().to_string(), "INTERNAL: Internal server error");
  EXPECT_THAT(lines_, IsEmpty());
}

}  // namespace
}  // namespace plinth

#include "async/watchdog.h"

#include <gtest/gtest.h>

#include <future>

#include "plinth/cancel.h"
#include "plinth/method.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;

constexpr Method kMethod{"/test.Slow/Block", CallKind::kUnary};

/// Keeps the method of the first warning.
class FirstWarning final : public Logger {
 public:
  std::string method() { return method_.get_future().get(); }

 private:
  void log(LogLevel, std::string_view event, std::span<const LogField> fields) noexcept override {
    if (event != "grpc_loop_blocked" || std::exchange(seen_, true)) return;
    method_.set_value(std::string(std::get<std::string_view>(fields.front().value)));
  }
  bool seen_ = false;
  std::promise<std::string> method_;
};

TEST(Watchdog, NamesTheMethodThatHoldsItsWorker) {
  auto logger = std::make_shared<FirstWarning>();
  RuntimeOptions options;
  options.workers = 1;
  options.logger = logger;
  options.slow_turn = 2ms;
  Runtime runtime(options);
  std::promise<void> named;
  CancelScope scope;
  scope.set_method(&kMethod);
  runtime.worker(0).post([&] {
    CancelScope::Entered entered(&scope);
    named.get_future().wait();  // blocks the loop until the log has said so
  });
  EXPECT_EQ(logger->method(), "/test.Slow/Block");
  named.set_value();
}

TEST(Watchdog, AWorkerBetweenTurnsHoldsNothing) {
  RuntimeOptions options;
  options.workers = 1;
  Runtime runtime(options);
  std::promise<Worker::TurnInProgress> inside;
  runtime.worker(0).post([&] { inside.set_value(runtime.worker(0).turn_in_progress()); });
  EXPECT_NE(inside.get_future().get().began, 0);
  runtime.stop();
  EXPECT_EQ(runtime.worker(0).turn_in_progress().began, 0);
}

}  // namespace
}  // namespace plinth

#include "plinth/server.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plinth/async.h"
#include "plinth/client.h"
#include "plinth/event.h"
#include "plinth/runtime.h"
#include "support/kept_log.h"
#include "support/string_servicer.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// Far more than anything here takes.
constexpr auto kPatience = 30s;

template <class T>
bool is_done(const std::future<T>& future, std::chrono::seconds patience = 0s) {
  return future.wait_for(patience) == std::future_status::ready;
}

/// Keeps what is logged, and lets a thread wait for it.
class HeardLog final : public Logger {
 public:
  /// What the server has said of itself since this was last asked for.
  std::vector<std::string> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(fresh_, {});
  }

  /// Whether a line that starts so has been logged by now, or is soon.
  bool has(std::string_view start) const { return hears(start, 0s); }
  bool hears(std::string_view start, std::chrono::seconds patience = kPatience) const {
    std::unique_lock lock(mutex_);
    const auto is_it = [start](const std::string& line) { return line.starts_with(start); };
    return changed_.wait_for(lock, patience, [&] { return std::ranges::any_of(all_, is_it); });
  }

 private:
  void log(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept override {
    std::lock_guard lock(mutex_);
    to_text_.write(level, event, fields);
    for (auto& line : to_text_.take()) {
      if (line.starts_with("grpc_")) fresh_.push_back(line);
      all_.push_back(std::move(line));
    }
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  KeptLog to_text_;
  std::vector<std::string> fresh_;
  std::vector<std::string> all_;
};

/// Does nothing.
class BystandingInterceptor final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "BystandingInterceptor"; }
  Task<Status> intercept(CallContext&, Next next) override { return next(); }
};

Task<Result<Text>> ask(Channel& channel, const std::string& question) {
  static constexpr Method kMethod{kUnary, CallKind::kUnary};
  const auto request = text(question);
  auto call = detail::start_with(channel, kMethod, request, CallOptions());
  auto response = detail::only_response<Text>(std::move(call));
  co_return co_await std::move(response);
}

/// A server with one worker on a socket file of its own.
class GrpcServerOnASocketFile : public ::testing::Test {
 protected:
  GrpcServerOnASocketFile() {
    std::string folder = "/tmp/plinth-server-XXXXXX";
    if (!mkdtemp(folder.data())) std::abort();
    folder_ = folder;
    settings_.host = address();
    settings_.max_workers = 1;
    servicer_->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
  }
  ~GrpcServerOnASocketFile() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string address() const { return "unix:" + folder_ + "/it"; }

  /// Made of `settings_` when it is first asked for, with a servicer of texts.
  GrpcServer& server() {
    if (!server_) {
      server_ = std::make_unique<GrpcServer>(settings_, log_);
      server_->add_servicer(servicer_);
    }
    return *server_;
  }
  /// After what led to it has been forgotten.
  std::vector<std::string> log_of(const std::function<void()>& action) {
    log_->take();
    action();
    return log_->take();
  }
  std::vector<std::string> service_names() {
    std::vector<std::string> names;
    for (const auto& servicer : server().servicers()) names.emplace_back(servicer->service_name());
    return names;
  }
  Result<Text> call(const std::string& question) {
    GrpcClientFactory factory;
    const auto channel = factory.create_channel(server().address(), {.secure = false});
    return sync_wait(ask(*channel, question));
  }
  void expect_at_rest(const std::string& when) {
    const auto stats = server().stats();
    EXPECT_FALSE(server().is_running()) << when;
    EXPECT_FALSE(stats.serving) << when;
    EXPECT_EQ(stats.health, HealthStatus::kNotServing) << when;
    EXPECT_EQ(stats.address, "") << when;
    EXPECT_EQ(server().address(), "") << when;
    EXPECT_EQ(stats.connections, 0u) << when;
    EXPECT_EQ(stats.streams, 0u) << when;
  }

  std::string folder_;
  ServerSettings settings_;
  std::shared_ptr<HeardLog> log_ = std::make_shared<HeardLog>();
  std::shared_ptr<StringServicer> servicer_ = std::make_shared<StringServicer>();
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(GrpcServerOnASocketFile, LogsItsLifeWithItsFields) {
  server().add_interceptor(BystandingInterceptor()).add_interceptor(BystandingInterceptor());
  ASSERT_EQ(server().start(), Status());
  server().stop(2500ms);
  EXPECT_THAT(log_->take(),
              ElementsAre("grpc_servicer_registered service=test.Text",
                          "grpc_interceptor_added interceptor=BystandingInterceptor",
                          "grpc_interceptor_added interceptor=BystandingInterceptor",
                          "grpc_server_started address=" + address() +
                              " reflection_enabled=true health_check_enabled=true interceptor_count=2 servicer_count=1",
                          "grpc_server_stopping grace_period=2.5", "grpc_server_stopped"));
}

TEST_F(GrpcServerOnASocketFile, LogsWhatIsSwitchedOff) {
  settings_.reflection_enabled = false;
  settings_.health_check_enabled = false;
  ASSERT_EQ(server().start(), Status());
  EXPECT_THAT(log_->take(), Contains("grpc_server_started address=" + address() +
                                     " reflection_enabled=false health_check_enabled=false interceptor_count=0"
                                     " servicer_count=1"));
  EXPECT_THAT(service_names(), ElementsAre("test.Text"));
}

TEST_F(GrpcServerOnASocketFile, WarnsWhenItIsStartedAgainAndGoesOn) {
  ASSERT_EQ(server().start(), Status());
  log_->set_level(LogLevel::kWarning);
  EXPECT_THAT(log_of([&] { EXPECT_EQ(server().start(), Status()); }), ElementsAre("grpc_server_already_started"));
  EXPECT_TRUE(server().is_running());
  const auto answer = call("still there?");
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->value(), "still there?");
}

TEST_F(GrpcServerOnASocketFile, WarnsWhenItIsStoppedAndDoesNotRun) {
  server();
  log_->set_level(LogLevel::kWarning);
  EXPECT_THAT(log_of([&] { server().stop(); }), ElementsAre("grpc_server_not_running")) << "before its start";
  ASSERT_EQ(server().start(), Status()) << "a stop before the start has no effect";
  EXPECT_THAT(log_of([&] { server().stop(); }), IsEmpty());
  EXPECT_THAT(log_of([&] { server().stop(); }), ElementsAre("grpc_server_not_running")) << "after its end";
}

TEST_F(GrpcServerOnASocketFile, GivesEachConnectionToTheWorkerThatHasTheFewest) {
  settings_.max_workers = 3;
  servicer_->unary = [](ServerContext&, const Text&) -> Task<Result<Text>> {
    co_return text(std::to_string(Worker::current()->index()));
  };
  ASSERT_EQ(server().start(), Status());
  std::vector<std::unique_ptr<GrpcClientFactory>> clients;
  std::vector<std::shared_ptr<Channel>> channels;  // each keeps its connection
  std::map<std::string, int> connections;
  for (int i = 0; i < 6; ++i) {
    auto& client = *clients.emplace_back(std::make_unique<GrpcClientFactory>());
    channels.push_back(client.create_channel(server().address(), {.secure = false}));
    const auto answer = sync_wait(ask(*channels.back(), "which worker?"));
    ASSERT_TRUE(answer) << answer.error().to_string();
    ++connections[answer->value()];
  }
  EXPECT_THAT(connections, ElementsAre(Pair("0", 2), Pair("1", 2), Pair("2", 2)));
}

TEST_F(GrpcServerOnASocketFile, CannotBeStartedAfterItsEnd) {
  ASSERT_EQ(server().start(), Status());
  server().stop();
  EXPECT_THAT(log_of([&] { EXPECT_EQ(server().start().code(), StatusCode::kFailedPrecondition); }),
              ElementsAre("grpc_server_already_started"));
  expect_at_rest("when it has been started too late");
}

TEST_F(GrpcServerOnASocketFile, StopsWithTheGraceOfItsSettingsWhenItIsDropped) {
  settings_.shutdown_grace = 7s;
  ASSERT_EQ(server().start(), Status());
  EXPECT_THAT(log_of([&] { server_.reset(); }),
              ElementsAre("grpc_server_stopping grace_period=7", "grpc_server_stopped"));
}

TEST_F(GrpcServerOnASocketFile, HasNothingToWaitForBeforeItsStart) {
  server().wait();
  expect_at_rest("before its start");
}

TEST_F(GrpcServerOnASocketFile, KnowsItsServicersFromItsStartOn) {
  EXPECT_THAT(service_names(), IsEmpty());
  const auto all = UnorderedElementsAre("test.Text", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                        "grpc.reflection.v1alpha.ServerReflection");
  ASSERT_EQ(server().start(), Status());
  EXPECT_THAT(service_names(), all);
  server().stop();
  EXPECT_THAT(service_names(), all);
}

/// One whose folder is not there yet.
TEST_F(GrpcServerOnASocketFile, CanBeStartedOnceItsSocketCanBeBound) {
  const auto folder = folder_ + "/later";
  settings_.host = "unix:" + folder + "/it";
  const auto refused = server().start();
  EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
  EXPECT_EQ(refused.message(), "cannot listen on " + settings_.host + ": No such file or directory");
  expect_at_rest("after a start that failed");
  EXPECT_THAT(service_names(), IsEmpty());

  std::filesystem::create_directory(folder);
  EXPECT_THAT(log_of([&] { EXPECT_EQ(server().start(), Status()); }),
              ElementsAre(HasSubstr("grpc_server_started address=" + settings_.host)));
  EXPECT_EQ(server().stats().health, HealthStatus::kServing);
  EXPECT_EQ(call("here at last").value_or(Text()).value(), "here at last");
}

TEST_F(GrpcServerOnASocketFile, SaysThatItsHostIsNoAddress) {
  settings_.host = "no..address";  // an empty label: no resolver is asked
  for (const auto* attempt : {"first", "second"}) {
    const auto refused = server().start();
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument) << attempt;
    EXPECT_THAT(refused.message(), HasSubstr("cannot listen on host 'no..address': ")) << attempt;
    expect_at_rest("when its host is no address");
  }
  EXPECT_THAT(log_->take(), ElementsAre("grpc_servicer_registered service=test.Text"));
}

/// With a call that runs until the test lets it go on.
class GrpcServerWithACall : public GrpcServerOnASocketFile {
 protected:
  GrpcServerWithACall() {
    servicer_->unary = [this](ServerContext&, const Text& request) -> Task<Result<Text>> {
      const Event let_go;
      running_.set_value(let_go);
      auto waiting = let_go.wait();
      co_await std::move(waiting);
      co_return request;
    };
  }
  ~GrpcServerWithACall() override { server_.reset(); }

  /// Returns when the handler runs.
  void begin_call() {
    answer_ = std::async(std::launch::async, [this] { return call("hello"); });
    let_go_ = running_.get_future().get();
  }
  void let_it_end() { let_go_->set(); }

  std::promise<Event> running_;
  std::optional<Event> let_go_;
  std::future<Result<Text>> answer_;
};

TEST_F(GrpcServerWithACall, ShowsWhatItDoes) {
  expect_at_rest("before its start");
  ASSERT_EQ(server().start(), Status());
  begin_call();
  const auto stats = server().stats();
  EXPECT_TRUE(stats.serving);
  EXPECT_TRUE(server().is_running());
  EXPECT_EQ(stats.health, HealthStatus::kServing);
  EXPECT_EQ(stats.address, address());
  EXPECT_EQ(server().address(), address());
  EXPECT_EQ(stats.connections, 1u);
  EXPECT_EQ(stats.streams, 1u);
  let_it_end();
  EXPECT_EQ(answer_.get().value_or(Text()).value(), "hello");
  server().stop();
  expect_at_rest("after its end");
}

TEST_F(GrpcServerWithACall, IsNotHealthyWhileItStops) {
  ASSERT_EQ(server().start(), Status());
  begin_call();
  const auto stop = std::async(std::launch::async, [this] { server().stop(kPatience); });
  ASSERT_TRUE(log_->hears("health_status_changed service= status=NOT_SERVING"));
  EXPECT_EQ(server().stats().health, HealthStatus::kNotServing);
  EXPECT_FALSE(server().stats().serving);
  EXPECT_FALSE(server().is_running());
  EXPECT_EQ(server().stats().connections, 1u);
  EXPECT_FALSE(log_->has("grpc_server_stopped"));
  let_it_end();
  stop.wait();
  EXPECT_EQ(answer_.get().value_or(Text()).value(), "hello") << "it had its grace";
}

TEST_F(GrpcServerWithACall, IsStoppedWhenAnyOfThoseWhoStopItReturns) {
  ASSERT_EQ(server().start(), Status());
  begin_call();
  log_->take();
  const auto is_stopped = [this] { return !server().is_running() && log_->has("grpc_server_stopped"); };
  const auto stop = [&] { return server().stop(kPatience), is_stopped(); };
  auto first = std::async(std::launch::async, stop);
  auto second = std::async(std::launch::async, stop);
  auto waiting = std::async(std::launch::async, [&] { return server().wait(), is_stopped(); });
  ASSERT_TRUE(log_->hears("grpc_server_not_running")) << "by the one that comes second";
  EXPECT_FALSE(is_done(first) || is_done(second) || is_done(waiting)) << "there is a call";
  let_it_end();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(waiting.get());
  EXPECT_THAT(log_->take(), UnorderedElementsAre("grpc_server_stopping grace_period=30", "grpc_server_not_running",
                                                 "grpc_server_stopped"));
  EXPECT_TRUE(answer_.get());
}

/// `run` on a thread of its own.
class RunningGrpcServer : public GrpcServerOnASocketFile {
 protected:
  /// Returns when it serves; false when `run` has not come that far.
  bool begin_run() {
    exit_code_ = std::async(std::launch::async, [this] { return server().run([this] { started_.set_value(); }); });
    return is_done(started_.get_future(), kPatience);
  }

  std::promise<void> started_;
  std::future<int> exit_code_;
};

TEST_F(RunningGrpcServer, EndsAtOnceWhenItIsNotEnabled) {
  settings_.enabled = false;
  bool started = false;
  EXPECT_THAT(
      log_of([&] { EXPECT_EQ(server().run([&] { started = true; }), 0); }),
      ElementsAre("grpc_servicer_registered service=test.Text", "grpc_server_disabled setting=GRPC__SERVER__ENABLED"));
  EXPECT_FALSE(started);
  expect_at_rest("when it is not enabled");
}

TEST_F(RunningGrpcServer, EndsWithOneLineWhenItCannotStart) {
  settings_.host = "unix:" + folder_ + "/none/it";
  bool started = false;
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(server().run([&] { started = true; }), 1);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "cannot listen on " + settings_.host + ": No such file or directory\n");
  EXPECT_FALSE(started);
}

TEST_F(RunningGrpcServer, EndsWhenAnotherThreadStopsIt) {
  ASSERT_TRUE(begin_run());
  EXPECT_TRUE(server().is_running());
  EXPECT_FALSE(is_done(exit_code_));
  server().stop();
  ASSERT_TRUE(is_done(exit_code_, kPatience));
  EXPECT_EQ(exit_code_.get(), 0);
}

TEST_F(RunningGrpcServer, ServesWhatHasBeenStartedBefore) {
  ASSERT_EQ(server().start(), Status());
  EXPECT_THAT(log_of([&] { ASSERT_TRUE(begin_run()); }), IsEmpty()) << "it is not started again";
  server().stop();
  EXPECT_EQ(exit_code_.get(), 0);
}

TEST_F(RunningGrpcServer, EndsAtOnceWhenItHasBeenStopped) {
  ASSERT_EQ(server().start(), Status());
  server().stop();
  EXPECT_EQ(server().run([] { ADD_FAILURE() << "it does not serve"; }), 0);
}

class SignalledGrpcServer : public RunningGrpcServer, public ::testing::WithParamInterface<int> {};

TEST_P(SignalledGrpcServer, StopsWithTheGraceOfItsSettings) {
  settings_.shutdown_grace = 3s;
  ASSERT_TRUE(begin_run());
  log_->take();
  ASSERT_EQ(::kill(::getpid(), GetParam()), 0);
  ASSERT_TRUE(is_done(exit_code_, kPatience));
  EXPECT_EQ(exit_code_.get(), 0);
  EXPECT_THAT(log_->take(), ElementsAre("grpc_server_stopping grace_period=3", "grpc_server_stopped"));
  expect_at_rest("after the signal");
}

INSTANTIATE_TEST_SUITE_P(, SignalledGrpcServer, ::testing::Values(SIGTERM, SIGINT));

}  // namespace
}  // namespace plinth::test

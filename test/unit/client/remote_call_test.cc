// Calls from threads that have no worker: real threads, a real runtime, and a server in memory on the channel's home.

#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <future>
#include <semaphore>
#include <thread>

#include "client/channel.h"
#include "client/load_balancers.h"
#include "client/resolvers.h"
#include "net/pipe.h"
#include "plinth/async.h"
#include "server/connection_pool.h"
#include "support/kept_log.h"
#include "support/string_servicer.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Texts = std::vector<std::string>;

constexpr Method kUnaryMethod{kUnary, CallKind::kUnary};
constexpr Method kServerStreamingMethod{kServerStreaming, CallKind::kServerStreaming};
constexpr Method kClientStreamingMethod{kClientStreaming, CallKind::kClientStreaming};
constexpr Method kBidirectionalMethod{kBidirectional, CallKind::kBidirectional};

/// A stream method whose handler runs on a thread for blocking code, as the test gives it.
class BlockingServicer final : public BaseServicer {
 public:
  static constexpr Method kTalk{"/test.Blocking/Talk", CallKind::kBidirectional};

  std::function<Task<Status>(ServerContext&, Reader<Text>&, Writer<Text>&)> talk;

  std::string_view service_name() const noexcept override { return "test.Blocking"; }
  bool blocks() const noexcept override { return true; }
  std::span<const MethodHandler> methods() const noexcept override {
    static constexpr std::array<MethodHandler, 1> kMethods = {
        {{kTalk, detail::serve_bidirectional<BlockingServicer, Text, Text, &BlockingServicer::Talk>}}};
    return kMethods;
  }

  Task<Status> Talk(ServerContext& context, Reader<Text>& requests, Writer<Text>& responses) {
    return talk(context, requests, responses);
  }
};

/// Says when a call has ended on the server.
class EndWatch final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "EndWatch"; }
  Task<Status> intercept(CallContext&, Next next) override {
    auto rest = next();
    auto status = co_await std::move(rest);
    ended.release();
    co_return status;
  }

  std::counting_semaphore<> ended{0};
};

/// Connects to a server that lives on the same worker.
class HomeConnector final : public client::Connector {
 public:
  explicit HomeConnector(server::ConnectionPool& pool) : pool_(pool) {}
  Task<Result<std::unique_ptr<net::ByteStream>>> connect(std::string address) override {
    auto [ours, theirs] = net::make_pipe(address);
    pool_.add(std::move(theirs));
    co_return std::move(ours);
  }
  bool secure() const noexcept override { return false; }

 private:
  server::ConnectionPool& pool_;
};

class RemoteCalls : public testing::Test {
 protected:
  RemoteCalls() {
    server_.logger = log_;
    EXPECT_TRUE(server_.methods.add(servicer_).ok());
    EXPECT_TRUE(server_.methods.add(blocking_).ok());
    pool_ = std::make_unique<server::ConnectionPool>(server_, home_, nullptr, [] {});
    shared_->target = {"test", "", "target", "test:///target"};
    shared_->authority = "target";
    shared_->logger = log_;
    shared_->connector = std::make_shared<HomeConnector>(*pool_);
    shared_->resolver = client::make_static_resolver({"inproc:home"});
    shared_->balancer = client::make_pick_first();
    shared_->retry = client::retry_policy_of({});
    channel_ = std::make_shared<client::ChannelImpl>(shared_, home_, runtime_);
    serve();
  }

  ~RemoteCalls() override {
    channel_->close();
    shared_->parts.wait_until_gone();
    std::promise<void> gone;
    home_.post([&] { pool_.reset(), gone.set_value(); });
    gone.get_future().wait();
    channel_.reset();
    runtime_->stop();
  }

  void serve() {
    servicer_->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
      if (request.value() == "hang") {
        auto long_time = sleep_for(1h);
        co_await std::move(long_time);
      }
      co_return text("echo " + request.value());
    };
    servicer_->server_streaming = [](ServerContext& context, const Text& request) -> Generator<Text> {
      context.initial_metadata().add("x-key", "head");
      context.trailing_metadata().add("x-key", "trailers");
      for (int i = 0; i < 100; ++i) co_yield text(request.value() + std::to_string(i));
    };
    servicer_->client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      int count = 0;
      while (co_await requests.next()) ++count;
      co_return text(std::to_string(count));
    };
    servicer_->bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  Task<Result<Text>> unary(const std::string& request, CallOptions options = {}) {
    auto call = detail::start_with(*channel_, kUnaryMethod, text(request), std::move(options));
    return detail::only_response<Text>(std::move(call));
  }
  ClientStream<Text, Text> talk(const Method& method = kBidirectionalMethod) {
    return ClientStream<Text, Text>(channel_->start_call(method, {}));
  }

  static Task<std::string> next_of(ClientStream<Text, Text>& stream) {
    auto message = co_await stream.next();
    co_return message ? message->value() : "none";
  }
  static Task<Texts> echo(ClientStream<Text, Text>& stream, int count) {
    Texts values;
    for (int i = 0; i < count; ++i) {
      const auto request = text(std::to_string(i));
      auto write = stream.write(request);
      if (!co_await write) break;
      auto response = co_await stream.next();
      if (response) values.push_back(response->value());
    }
    stream.half_close();
    co_return values;
  }

  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();
  std::shared_ptr<StringServicer> servicer_ = std::make_shared<StringServicer>();
  std::shared_ptr<BlockingServicer> blocking_ = std::make_shared<BlockingServicer>();
  std::shared_ptr<Runtime> runtime_ = std::make_shared<Runtime>(RuntimeOptions{.workers = 2});
  Worker& home_ = runtime_->worker(0);
  server::Shared server_;
  std::unique_ptr<server::ConnectionPool> pool_;
  std::shared_ptr<client::Shared> shared_ = std::make_shared<client::Shared>();
  std::shared_ptr<client::ChannelImpl> channel_;
};

TEST_F(RemoteCalls, GiveAResponse) {
  const auto response = sync_wait(unary("hello"));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->value(), "echo hello");
  EXPECT_EQ(channel_->state(), ChannelState::kReady);
}

TEST_F(RemoteCalls, GiveAStreamOfResponsesAndItsMetadata) {
  ClientReader<Text> reader(detail::start_with(*channel_, kServerStreamingMethod, text("n"), {}));
  const auto count = sync_wait([](ClientReader<Text>& from) -> Task<int> {
    int messages = 0;
    while (co_await from.next()) ++messages;
    co_return messages;
  }(reader));
  EXPECT_EQ(count, 100);
  const auto status = sync_wait([](ClientReader<Text>& from) -> Task<Status> {
    auto end = from.finish();
    co_return co_await end;
  }(reader));
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(reader.call().initial_metadata().get("x-key"), "head");
  EXPECT_EQ(reader.call().trailing_metadata().get("x-key"), "trailers");
}

TEST_F(RemoteCalls, TakeAStreamOfRequests) {
  ClientWriter<Text, Text> writer(channel_->start_call(kClientStreamingMethod, {}));
  const auto response = sync_wait([](ClientWriter<Text, Text>& to) -> Task<Result<Text>> {
    const auto message = text(std::string(1000, 'x'));
    for (int i = 0; i < 200; ++i) {
      auto write = to.write(message);
      if (!co_await write) break;
    }
    auto finishing = to.finish();
    auto result = co_await std::move(finishing);
    co_return result;
  }(writer));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->value(), "200");
}

TEST_F(RemoteCalls, TalkInTurn) {
  auto stream = talk();
  EXPECT_THAT(sync_wait(echo(stream, 3)), ElementsAre("0", "1", "2"));
}

TEST_F(RemoteCalls, EndWhenTheyAreDroppedBeforeTheirEnd) {
  {
    auto stream = talk();
  }
  {
    auto stream = talk();
    EXPECT_THAT(sync_wait(echo(stream, 1)), ElementsAre("0"));
  }
  EXPECT_TRUE(sync_wait(unary("hello")));
}

TEST_F(RemoteCalls, EndEveryWaitWhenTheyAreCancelled) {
  auto stream = talk();
  std::jthread canceller([&] { stream.call().cancel(); });
  EXPECT_EQ(sync_wait(next_of(stream)), "none");
  const auto status = sync_wait([](ClientStream<Text, Text>& of) -> Task<Status> {
    auto end = of.finish();
    co_return co_await end;
  }(stream));
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
}

TEST_F(RemoteCalls, SurviveWaitsThatAreGivenUp) {
  auto stream = talk();
  for (int i = 0; i < 5; ++i) {
    EXPECT_THROW(sync_wait(with_timeout(2ms, next_of(stream))), StatusError);
  }
  const auto hello = text("hello");
  const bool written = sync_wait([](ClientStream<Text, Text>& to, const Text& message) -> Task<bool> {
    auto write = to.write(message);
    co_return co_await write;
  }(stream, hello));
  EXPECT_TRUE(written);
  EXPECT_EQ(sync_wait(with_timeout(10s, next_of(stream))), "hello") << "no message is lost with a wait";
  EXPECT_THAT(sync_wait(echo(stream, 2)), ElementsAre("0", "1"));
}

/// The server's next call is in the same object: nothing may be left there of a read that was never finished.
TEST_F(RemoteCalls, AreServedAfterOneThatWasCancelledWhileItsBlockingHandlerRead) {
  const auto watch = std::make_shared<EndWatch>();
  server_.interceptors.push_back(watch);
  std::binary_semaphore reads(0);
  const auto read = [](Reader<Text>& requests) -> Task<bool> { co_return (co_await requests.next()).has_value(); };
  const auto tell = [](std::binary_semaphore& about) -> Task<void> {
    about.release();
    co_return;
  };
  blocking_->talk = [&](ServerContext&, Reader<Text>& requests, Writer<Text>&) -> Task<Status> {
    auto both = when_all(read(requests), tell(reads));  // told once the read waits
    co_await std::move(both);
    co_return Status();
  };
  for (int round = 0; round < 3; ++round) {
    auto stream = talk(BlockingServicer::kTalk);
    reads.acquire();
    stream.call().cancel();
    watch->ended.acquire();
    const auto response = sync_wait(unary("hello"));
    ASSERT_TRUE(response) << response.error().to_string();
    watch->ended.acquire();
  }
}

TEST_F(RemoteCalls, TellABlockingHandlerTheirTraffic) {
  Traffic traffic;
  blocking_->talk = [&](ServerContext& context, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
    while (auto request = co_await requests.next()) co_await responses.write(*request);
    traffic = context.traffic();
    co_return Status();
  };
  auto stream = talk(BlockingServicer::kTalk);
  EXPECT_THAT(sync_wait(echo(stream, 3)), ElementsAre("0", "1", "2"));
  EXPECT_EQ(sync_wait(next_of(stream)), "none");
  const auto size = 3 * text("0").ByteSizeLong();
  EXPECT_EQ(traffic.received_messages, 3u);
  EXPECT_EQ(traffic.received_bytes, size);
  EXPECT_EQ(traffic.sent_messages, 3u);
  EXPECT_EQ(traffic.sent_bytes, size);
}

TEST_F(RemoteCalls, OfOneResponseEndWhenTheirWaitIsGivenUp) {
  const auto response = sync_wait(with_timeout(5ms, unary("hang")));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), StatusCode::kDeadlineExceeded);
}

TEST_F(RemoteCalls, EndWithTheirDeadline) {
  CallOptions options;
  options.timeout = 5ms;
  const auto response = sync_wait(unary("hang", options));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), StatusCode::kDeadlineExceeded);
}

TEST_F(RemoteCalls, EndWithTheChannel) {
  auto stream = talk();
  EXPECT_THAT(sync_wait(echo(stream, 1)), ElementsAre("0"));
  auto other = talk();
  channel_->close();
  EXPECT_EQ(sync_wait(next_of(other)), "none");
  EXPECT_EQ(sync_wait(unary("hello")).error().code(), StatusCode::kUnavailable);
}

TEST_F(RemoteCalls, MayComeFromManyThreadsAtOnce) {
  constexpr int kThreads = 8, kCalls = 50;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kCalls; ++i) {
          const auto response = sync_wait(unary(std::to_string(thread * 1000 + i)));
          if (response && response->value() == "echo " + std::to_string(thread * 1000 + i)) ++good;
        }
        auto stream = talk();
        if (sync_wait(echo(stream, 10)).size() == 10) ++good;
      });
    }
  }
  EXPECT_EQ(good, kThreads * (kCalls + 1));
}

TEST_F(RemoteCalls, WaitForAnotherStateOfTheChannel) {
  EXPECT_EQ(channel_->state(), ChannelState::kIdle);
  channel_->connect();
  auto state = ChannelState::kIdle;
  while (state != ChannelState::kReady) state = sync_wait(channel_->changed_from(state));
  EXPECT_EQ(state, ChannelState::kReady);
}

}  // namespace
}  // namespace plinth::test

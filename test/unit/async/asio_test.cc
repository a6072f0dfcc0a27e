#include "plinth/asio.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

#include "plinth/async.h"
#include "plinth/generator.h"
#include "support/manual_worker.h"

namespace plinth {
namespace {

using namespace std::chrono_literals;
using test::ManualWorker;
using test::Running;
namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

asio::io_context& context() { return Worker::current()->io_context(); }

/// Two ends of a socket pair on the current worker.
struct Pair {
  Pair() { asio::local::connect_pair(near, far); }
  Socket near{context()}, far{context()};
};

TEST(Asio, ATimerIsAwaited) {
  auto wait = []() -> Task<boost::system::error_code> {
    asio::steady_timer timer(context(), 1ms);
    auto operation = timer.async_wait(asio::deferred);
    auto [error] = co_await std::move(operation);
    EXPECT_NE(Worker::current(), nullptr);
    co_return error;
  };
  EXPECT_FALSE(sync_wait(wait()));
}

TEST(Asio, ReadsWhatIsWritten) {
  auto echo = []() -> Task<std::string> {
    Pair pair;
    const std::string sent(100'000, 'x');
    auto writing = [&]() -> Task<std::size_t> {
      auto operation = asio::async_write(pair.near, asio::buffer(sent), asio::deferred);
      auto [error, size] = co_await std::move(operation);
      EXPECT_FALSE(error);
      co_return size;
    };
    std::string received(sent.size(), ' ');
    auto reading = [&]() -> Task<std::size_t> {
      auto operation = asio::async_read(pair.far, asio::buffer(received), asio::deferred);
      auto [error, size] = co_await std::move(operation);
      EXPECT_FALSE(error);
      co_return size;
    };
    auto both = when_all(writing(), reading());
    auto [written, read] = co_await std::move(both);
    EXPECT_EQ(written, sent.size());
    EXPECT_EQ(read, sent.size());
    co_return received;
  };
  EXPECT_EQ(sync_wait(echo()), std::string(100'000, 'x'));
}

Task<boost::system::error_code> read_one(Socket& socket) {
  std::array<char, 1> byte;
  auto operation = socket.async_read_some(asio::buffer(byte), asio::deferred);
  auto [error, size] = co_await std::move(operation);
  co_return error;
}

TEST(Asio, GivesTheErrorOfTheOperation) {
  auto read = []() -> Task<boost::system::error_code> {
    Pair pair;
    pair.near.close();
    auto reading = read_one(pair.far);
    co_return co_await std::move(reading);
  };
  EXPECT_EQ(sync_wait(read()), asio::error::eof);
}

TEST(Asio, CancellingTheScopeCancelsARead) {
  auto read = []() -> Task<void> {
    Pair pair;
    auto limited = with_timeout(1ms, read_one(pair.far));
    try {
      co_await std::move(limited);
      ADD_FAILURE() << "nothing was written";
    } catch (const StatusError& error) {
      EXPECT_EQ(error.status().code(), StatusCode::kDeadlineExceeded);
    }
    pair.near.close();
    auto again = read_one(pair.far);
    EXPECT_EQ(co_await std::move(again), asio::error::eof) << "the socket is still good";
  };
  sync_wait(read());
}

TEST(Asio, CancellingTheScopeCancelsATimer) {
  ManualWorker worker;
  CancelScope scope;
  auto wait = []() -> Task<void> {
    asio::steady_timer timer(context(), 1h);
    auto operation = timer.async_wait(asio::deferred);
    co_await std::move(operation);
  };
  Running running(worker, wait(), &scope);
  EXPECT_FALSE(running.done());
  worker.turn([&] { scope.cancel(aborted("enough")); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), aborted("enough"));
}

TEST(Asio, DoesNotStartInACancelledScope) {
  ManualWorker worker;
  CancelScope scope;
  scope.cancel(aborted("before"));
  auto wait = []() -> Task<void> {
    asio::steady_timer timer(context(), 1h);
    auto operation = timer.async_wait(asio::deferred);
    co_await std::move(operation);
  };
  Running running(worker, wait(), &scope);
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), aborted("before"));
}

TEST(Asio, LeavesTheScopeWhenItEnds) {
  ManualWorker worker;
  CancelScope scope;
  auto twice = []() -> Task<void> {
    auto posted = asio::post(context(), asio::deferred);
    co_await std::move(posted);
    co_await sleep_for(1h);
  };
  Running running(worker, twice(), &scope);
  worker.turn([&] { scope.cancel(aborted("enough")); });
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.status(), aborted("enough"));
}

TEST(Asio, AnOperationMayEndBeforeItsStartReturns) {
  ManualWorker worker;
  CancelScope scope;
  auto hop = []() -> Task<int> {
    int hops = 0;
    for (int i = 0; i < 100; ++i) {
      auto dispatched = asio::dispatch(context(), asio::deferred);
      co_await std::move(dispatched);
      ++hops;
    }
    co_return hops;
  };
  Running running(worker, hop(), &scope);
  worker->post([] {});
  worker->poll();
  ASSERT_TRUE(running.done());
  EXPECT_EQ(running.take(), 100);
}

TEST(Asio, ResumesInATurnInItsOwnScope) {
  ManualWorker worker;
  CancelScope scope;
  auto wait = [&]() -> Task<void> {
    auto posted = asio::post(context(), asio::deferred);
    co_await std::move(posted);
    EXPECT_EQ(Worker::current(), &*worker);
    EXPECT_EQ(CancelScope::current(), &scope);
    EXPECT_EQ(co_await this_scope(), &scope);
  };
  Running running(worker, wait(), &scope);
  EXPECT_TRUE(running.done());
  EXPECT_EQ(CancelScope::current(), nullptr);
}

TEST(Asio, WorksInAGenerator) {
  auto ticks = []() -> Generator<int> {
    for (int i = 0; i < 3; ++i) {
      auto posted = asio::post(context(), asio::deferred);
      co_await std::move(posted);
      co_yield i;
    }
  };
  auto sum = [&]() -> Task<int> {
    int sum = 0;
    auto stream = ticks();
    while (auto tick = co_await stream.next()) sum += *tick;
    co_return sum;
  };
  EXPECT_EQ(sync_wait(sum()), 3);
}

TEST(Asio, AnOperationMayBeLeftWhenTheWorkerEnds) {
  auto worker = std::make_unique<ManualWorker>();
  CancelScope scope;
  auto wait = []() -> Task<void> {
    asio::steady_timer timer(context(), 1h);
    auto operation = timer.async_wait(asio::deferred);
    co_await std::move(operation);
  };
  auto running = std::make_unique<Running<void>>(*worker, wait(), &scope);
  EXPECT_FALSE(running->done());
  running.reset();
  worker.reset();
}

}  // namespace
}  // namespace plinth

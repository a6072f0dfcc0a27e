#include "net/dialer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <map>
#include <optional>

#include "net/listener.h"
#include "plinth/asio.h"
#include "plinth/async.h"
#include "support/manual_loop.h"

namespace plinth::net {
namespace {

using namespace std::chrono_literals;
using test::ManualLoop;
using test::Started;

const Endpoint kFirst = Endpoint::parse("ipv6:[2001:db8::1]:443").value();
const Endpoint kSecond = Endpoint::parse("ipv4:192.0.2.1:443").value();
const Endpoint kThird = Endpoint::parse("ipv4:192.0.2.2:443").value();

/// Addresses that answer, or refuse, after a time; the others never do.
class FakeNetwork {
 public:
  void answers(const Endpoint& endpoint, Duration after) { ends_[endpoint] = {after, {}}; }
  void refuses(const Endpoint& endpoint, Duration after, std::errc error = std::errc::connection_refused) {
    ends_[endpoint] = {after, std::make_error_code(error)};
  }

  Task<std::expected<Socket, std::error_code>> connect(Endpoint endpoint) {
    tried.push_back(endpoint.to_string());
    const auto end = ends_.contains(endpoint) ? ends_[endpoint] : End{24h, {}};
    try {
      auto time = sleep_for(end.after);
      co_await std::move(time);
    } catch (const StatusError&) {
      ++cancelled;
      throw;
    }
    if (end.error) co_return std::unexpected(end.error);
    co_return Socket(Worker::current()->io_context());
  }

  std::vector<std::string> tried;
  int cancelled = 0;

 private:
  struct End {
    Duration after;
    std::error_code error;
  };
  std::unordered_map<Endpoint, End> ends_;
};

class ConnectAny : public testing::Test {
 protected:
  ~ConnectAny() override {
    Worker::Turn turn(loop_.worker());
    if (started_) started_->scope().cancel(cancelled("the test is over"));
  }

  void start(std::vector<Endpoint> endpoints) {
    started_.emplace(loop_.worker(), connect_any(std::move(endpoints),
                                                 [this](Endpoint endpoint) { return network_.connect(endpoint); }));
  }
  bool done() const { return started_->done(); }
  std::string result() {
    if (!done()) return "waits";
    const auto connected = started_->take();
    return connected ? connected->endpoint.to_string() : connected.error().to_string();
  }
  std::size_t tried() const { return network_.tried.size(); }

  ManualLoop loop_;
  FakeNetwork network_;
  std::optional<Started<Result<Connected>>> started_;
};

TEST_F(ConnectAny, TakesTheFirstThatAnswersInTime) {
  network_.answers(kFirst, 100ms);
  start({kFirst, kSecond});
  loop_.advance(100ms);
  EXPECT_EQ(result(), kFirst.to_string());
  EXPECT_EQ(tried(), 1);
}

TEST_F(ConnectAny, TriesTheNextWhenTheDelayHasPassed) {
  network_.answers(kSecond, 50ms);
  start({kFirst, kSecond, kThird});
  loop_.advance(249ms);
  EXPECT_EQ(tried(), 1);
  loop_.advance(1ms);
  EXPECT_EQ(tried(), 2);
  loop_.advance(50ms);
  EXPECT_EQ(result(), kSecond.to_string());
  EXPECT_EQ(tried(), 2);
  EXPECT_EQ(network_.cancelled, 1) << "the attempt that lost";
}

TEST_F(ConnectAny, TheEarlierMayStillWin) {
  network_.answers(kFirst, 300ms);
  start({kFirst, kSecond});
  loop_.advance(250ms);
  EXPECT_EQ(tried(), 2);
  loop_.advance(50ms);
  EXPECT_EQ(result(), kFirst.to_string());
  EXPECT_EQ(network_.cancelled, 1);
}

TEST_F(ConnectAny, TriesTheNextAtOnceWhenOneFails) {
  network_.refuses(kFirst, 10ms);
  network_.answers(kSecond, 10ms);
  start({kFirst, kSecond});
  loop_.advance(10ms);
  EXPECT_EQ(tried(), 2);
  loop_.advance(10ms);
  EXPECT_EQ(result(), kSecond.to_string());
}

TEST_F(ConnectAny, AFailureOfAnEarlierOneDoesNotHurryTheNext) {
  network_.refuses(kFirst, 300ms);
  start({kFirst, kSecond, kThird});
  loop_.advance(250ms);
  loop_.advance(50ms);
  EXPECT_EQ(tried(), 2);
  loop_.advance(200ms);
  EXPECT_EQ(tried(), 3) << "250 ms after the second began";
}

TEST_F(ConnectAny, EachDelayBeginsWithItsAttempt) {
  network_.refuses(kFirst, 100ms);
  start({kFirst, kSecond, kThird});
  loop_.advance(100ms);
  EXPECT_EQ(tried(), 2);
  loop_.advance(249ms);
  EXPECT_EQ(tried(), 2);
  loop_.advance(1ms);
  EXPECT_EQ(tried(), 3);
}

TEST_F(ConnectAny, NamesEveryAddressAndItsReason) {
  network_.refuses(kFirst, 0ms, std::errc::network_unreachable);
  network_.refuses(kSecond, 400ms);
  network_.refuses(kThird, 10ms, std::errc::timed_out);
  start({kFirst, kSecond, kThird});
  loop_.advance(1ms);
  loop_.advance(250ms);
  loop_.advance(10ms);
  EXPECT_FALSE(done());
  loop_.advance(140ms);
  EXPECT_EQ(result(),
            "UNAVAILABLE: cannot connect to ipv6:[2001:db8::1]:443: Network is unreachable; "
            "ipv4:192.0.2.1:443: Connection refused; ipv4:192.0.2.2:443: Connection timed out");
}

TEST_F(ConnectAny, NeedsAnAddress) {
  start({});
  EXPECT_EQ(result(), "UNAVAILABLE: cannot connect: there is no address");
}

TEST_F(ConnectAny, CancelsEveryAttemptWhenItIsCancelled) {
  start({kFirst, kSecond, kThird});
  loop_.advance(250ms);
  {
    Worker::Turn turn(loop_.worker());
    started_->scope().cancel(deadline_exceeded("too late"));
  }
  ASSERT_TRUE(done());
  EXPECT_EQ(network_.cancelled, 2);
  try {
    static_cast<void>(started_->take());
    FAIL() << "expected the reason of the scope";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status().message(), "too late");
  }
}

TEST_F(ConnectAny, GivesUpAfterATimeout) {
  start({kFirst});
  auto limited = with_timeout(1s, connect_any({kFirst}, [this](Endpoint to) { return network_.connect(to); }));
  Started<Result<Connected>> started(loop_.worker(), std::move(limited));
  loop_.advance(1s);
  ASSERT_TRUE(started.done());
  EXPECT_THROW(static_cast<void>(started.take()), StatusError);
}

/// Over Unix sockets: they are real, and need no port.
class ConnectTest : public testing::Test {
 protected:
  ~ConnectTest() override { ::unlink(path_.c_str()); }
  std::string path_ = "/tmp/plinth-dialer-" + std::to_string(::getpid());
  ManualLoop loop_;
};

TEST_F(ConnectTest, ConnectsToAUnixSocket) {
  const auto listener = Listener::open(loop_.worker(), "unix:" + path_, 0);
  ASSERT_TRUE(listener);
  Started<Result<Connected>> started(loop_.worker(), connect_any({Endpoint::parse("unix:" + path_).value()}));
  loop_.poll();
  ASSERT_TRUE(started.done());
  const auto connected = started.take();
  ASSERT_TRUE(connected) << connected.error().to_string();
  EXPECT_EQ(peer_address(connected->socket), "unix:" + path_);
}

TEST_F(ConnectTest, SaysWhyThereIsNoConnection) {
  Started<Result<Connected>> started(loop_.worker(), connect_any({Endpoint::parse("unix:" + path_).value()}));
  loop_.poll();
  ASSERT_TRUE(started.done());
  EXPECT_EQ(started.take().error().to_string(),
            "UNAVAILABLE: cannot connect to unix:" + path_ + ": No such file or directory");
}

}  // namespace
}  // namespace plinth::net

#include "net/dialer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "net/listener.h"
#include "plinth/asio.h"
#include "support/manual_loop.h"

namespace plinth::net {
namespace {

using test::ManualLoop;
using test::Started;
using Connection = std::expected<Socket, std::error_code>;

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
  Started<Connection> started(loop_.worker(), connect(Endpoint::parse("unix:" + path_).value()));
  loop_.poll();
  ASSERT_TRUE(started.done());
  const auto socket = started.take();
  ASSERT_TRUE(socket) << socket.error().message();
  EXPECT_EQ(peer_address(*socket), "unix:" + path_);
}

TEST_F(ConnectTest, SaysWhyThereIsNoConnection) {
  Started<Connection> started(loop_.worker(), connect(Endpoint::parse("unix:" + path_).value()));
  loop_.poll();
  ASSERT_TRUE(started.done());
  EXPECT_EQ(started.take().error().message(), "No such file or directory");
}

}  // namespace
}  // namespace plinth::net

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "net/socket.h"

namespace plinth::net {
namespace {

TEST(PeerOf, KnowsTheProcessAtTheOtherEndOfAUnixSocket) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  boost::asio::io_context context;
  Socket here(context, boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
  const Socket there(context, boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
  const auto peer = peer_of(here);
  EXPECT_EQ(peer.address, "unix:");
  EXPECT_EQ(peer.unix_credentials, (UnixCredentials{.uid = ::getuid(), .gid = ::getgid(), .pid = ::getpid()}));
}

TEST(PeerOf, KnowsNoProcessBehindASocketThatIsNotConnected) {
  boost::asio::io_context context;
  Socket here(context, boost::asio::generic::stream_protocol(AF_INET, 0));
  const auto peer = peer_of(here);
  EXPECT_EQ(peer.address, "unknown:");
  EXPECT_EQ(peer.unix_credentials, std::nullopt);
}

}  // namespace
}  // namespace plinth::net

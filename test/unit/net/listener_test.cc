#include "net/listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

#include "support/manual_loop.h"

namespace plinth::net {
namespace {

/// A folder for sockets, and a worker that never has to run.
class UnixListener : public testing::Test {
 protected:
  UnixListener() {
    std::string folder = "/tmp/plinth-listener-XXXXXX";
    if (!mkdtemp(folder.data())) std::abort();
    folder_ = folder;
  }
  ~UnixListener() override {
    ::unlink(path().c_str());
    ::rmdir(folder_.c_str());
  }

  std::string path() const { return folder_ + "/it"; }
  auto open() { return Listener::open(loop_.worker(), "unix:" + path(), 0); }
  bool is_socket() const {
    struct stat found{};
    return ::lstat(path().c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
  }

  std::string folder_;
  test::ManualLoop loop_;
};

TEST_F(UnixListener, LeavesNoFileBehind) {
  {
    auto listener = open();
    ASSERT_TRUE(listener) << listener.error().to_string();
    EXPECT_EQ((*listener)->address(), "unix:" + path());
    EXPECT_TRUE(is_socket());
  }
  EXPECT_NE(::access(path().c_str(), F_OK), 0);
}

TEST_F(UnixListener, TakesThePlaceOfASocketThatNobodyListensOn) {
  {
    boost::asio::local::stream_protocol::acceptor dead(loop_.worker().io_context(),
                                                       boost::asio::local::stream_protocol::endpoint(path()));
  }
  ASSERT_TRUE(is_socket()) << "what a process that died leaves";
  EXPECT_TRUE(open());
}

TEST_F(UnixListener, RefusesASocketThatIsInUse) {
  const auto first = open();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), StatusCode::kUnavailable);
  EXPECT_TRUE(is_socket()) << "the first one goes on";
}

TEST_F(UnixListener, NeverRemovesAFileThatIsNoSocket) {
  std::ofstream(path()) << "precious";
  ASSERT_FALSE(open());
  std::string content;
  std::getline(std::ifstream(path()) >> std::ws, content);
  EXPECT_EQ(content, "precious");
}

TEST_F(UnixListener, RefusesAPathThatIsTooLong) {
  const auto refused = Listener::open(loop_.worker(), "unix:/" + std::string(200, 'x'), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace plinth::net

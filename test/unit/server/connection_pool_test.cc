#include "server/connection_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "net/pipe.h"
#include "support/frame_reader.h"
#include "support/test_server.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::Started;
using test::TestServer;

/// A network that fails in a way that nobody has thought of.
class ThrowingStream final : public net::ByteStream {
 public:
  Task<net::IoResult> read_some(std::span<std::byte>) override { throw std::runtime_error("out of everything"); }
  Task<std::error_code> write_all(std::span<const base::ByteView>) override { co_return std::error_code(); }
  void shut_write() noexcept override {}
  void close() noexcept override {}
  const Peer& peer() const noexcept override { return peer_; }

 private:
  Peer peer_;
};

class PoolTest : public testing::Test {
 protected:
  ~PoolTest() override {
    for (auto& client : clients_) {
      server_.turn([&] { client->close(); });
    }
    server_.advance(2s);
    EXPECT_EQ(pool_.size(), 0u);
  }

  /// A client that has greeted.
  net::ByteStream& connect() {
    auto pipe = net::make_pipe("test");
    clients_.push_back(std::move(pipe.second));
    server_.turn([&] { pool_.add(std::move(pipe.first)); });
    auto& client = *clients_.back();
    const auto greeting = test::preface();
    const auto piece = base::as_bytes(greeting);
    Started<std::error_code> write(server_.loop.worker(), client.write_all(std::span(&piece, 1)));
    server_.poll();
    EXPECT_TRUE(write.done());
    return client;
  }

  std::vector<std::string> frames(net::ByteStream& client) {
    std::array<std::byte, 4096> space;
    Started<net::IoResult> read(server_.loop.worker(), client.read_some(space));
    server_.poll();
    if (!read.done()) throw std::logic_error("the server has said nothing");
    std::vector<std::string> lines;
    test::FrameReader reader;
    for (const auto& frame : reader.read(base::as_text(base::ByteView(space).first(*read.take())))) {
      lines.push_back(test::to_text(frame));
    }
    return lines;
  }

  int changed_ = 0;
  TestServer server_;
  std::vector<std::unique_ptr<net::ByteStream>> clients_;
  ConnectionPool pool_{server_.shared, server_.loop.worker(), nullptr, [this] { ++changed_; }};
};

TEST_F(PoolTest, CountsItsConnections) {
  connect();
  auto& second = connect();
  EXPECT_EQ(pool_.size(), 2u);
  server_.turn([&] { second.close(); });
  EXPECT_EQ(pool_.size(), 1u);
  EXPECT_EQ(changed_, 1);
}

TEST_F(PoolTest, DrainsThemAll) {
  auto& first = connect();
  auto& second = connect();
  frames(first);
  frames(second);
  server_.turn([&] { pool_.drain(); });
  EXPECT_EQ(frames(first).back(), "GOAWAY 2147483647 NO_ERROR");
  EXPECT_EQ(frames(second).back(), "GOAWAY 2147483647 NO_ERROR");
  server_.advance(1s);
  server_.advance(1s);
  EXPECT_EQ(pool_.size(), 0u);
  EXPECT_EQ(changed_, 2);
}

TEST_F(PoolTest, ClosesThemAll) {
  connect();
  connect();
  server_.turn([&] { pool_.close(); });
  EXPECT_EQ(pool_.size(), 0u);
}

TEST_F(PoolTest, TakesNoMoreOnceItDrains) {
  server_.turn([&] { pool_.drain(); });
  auto pipe = net::make_pipe("late");
  server_.turn([&] { pool_.add(std::move(pipe.first)); });
  EXPECT_EQ(pool_.size(), 0u);
}

TEST_F(PoolTest, SurvivesAConnectionThatThrows) {
  connect();
  server_.turn([&] { pool_.add(std::make_unique<ThrowingStream>()); });
  EXPECT_EQ(pool_.size(), 1u);
  EXPECT_THAT(server_.log->take(), testing::ElementsAre("grpc_connection_failed error=out of everything"));
}

}  // namespace
}  // namespace plinth::server

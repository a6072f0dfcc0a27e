// The network fails once at each byte of a whole conversation, in every way that it can; whatever was running unwinds
// once, and nothing is left behind.

#include <gtest/gtest.h>

#include "plinth/async.h"
#include "support/breaking_stream.h"
#include "support/frame_reader.h"
#include "support/frames.h"
#include "support/status_recorder.h"
#include "support/test_server.h"
#include "support/visits.h"

namespace plinth::server {
namespace {

using namespace std::chrono_literals;
using test::BreakingStream;
using test::TestServer;
using test::TestWire;
using test::Text;

class BrokenNetwork : public testing::Test {
 protected:
  BrokenNetwork() {
    server_.servicer->bidirectional = [this](ServerContext& context, Reader<Text>& requests,
                                             Writer<Text>& responses) -> Task<Status> {
      test::Visit inside(visits_);
      context.initial_metadata().add("key", "value");
      while (auto request = co_await requests.next()) {
        auto nap = sleep_for(1s);
        co_await std::move(nap);
        co_await responses.write(*request);
      }
      co_return Status();
    };
    server_.shared.interceptors.push_back(statuses_);
  }

  /// What the client says, in parts: the server has time to answer each.
  static const std::vector<std::string>& script() {
    static const std::vector<std::string> parts = {
        test::preface(),
        test::settings_ack(),
        test::headers(1, test::grpc_fields(test::kBidirectional, {{"grpc-timeout", "1H"}})),
        test::data(1, test::grpc_frame(test::text("one").SerializeAsString())),
        test::data(1, test::grpc_frame(test::text("two").SerializeAsString()), test::kEndStream),
        test::ping(1),
    };
    return parts;
  }

  /// Runs the script over this connection; gives what the server has said.
  std::string play(TestWire& wire) {
    for (const auto& part : script()) {
      wire.send(part);
      server_.advance(1s);
    }
    return wire.take_received();
  }

  void expect_all_unwound(const TestWire& wire) {
    EXPECT_TRUE(wire.done());
    EXPECT_LE(visits_.entered, 1);
    EXPECT_EQ(visits_.inside(), 0);
    EXPECT_EQ(statuses_->begun, statuses_->ended.size());
    EXPECT_EQ(server_.shared.limited_calls, 0u);
    visits_ = {};
  }

  /// A conversation that fails after so many bytes.
  void break_after(std::size_t readable, std::size_t writable) {
    auto pipe = net::make_pipe("test");
    pipe.first = std::make_unique<BreakingStream>(std::move(pipe.first), readable, writable);
    TestWire wire(server_, std::move(pipe));
    play(wire);
    server_.advance(2s);
    expect_all_unwound(wire);
  }

  test::Visits visits_;
  std::shared_ptr<test::StatusRecorder> statuses_ = std::make_shared<test::StatusRecorder>();
  TestServer server_;
};

/// The sizes of the whole conversation, both ways.
struct Sizes {
  std::size_t there = 0;
  std::size_t back = 0;
};

class BrokenNetworkAt : public BrokenNetwork {
 protected:
  BrokenNetworkAt() {
    server_.settings().max_concurrent_rpcs = 1;
    TestWire wire(server_);
    const auto answer = play(wire);
    for (const auto& part : script()) whole_.there += part.size();
    whole_.back = answer.size();
    test::FrameReader reader;
    std::string last;
    for (const auto& frame : reader.read(answer)) {
      if (frame.stream == 1) last = test::to_text(frame);
    }
    EXPECT_EQ(last, "HEADERS 1 END_STREAM grpc-status=0") << "unbroken, it goes well";
    wire.close();
    expect_all_unwound(wire);
  }
  Sizes whole_;
};

TEST_F(BrokenNetworkAt, EachByteThatIsRead) {
  for (std::size_t bytes = 0; bytes < whole_.there; ++bytes) {
    SCOPED_TRACE(testing::Message() << "after " << bytes << " bytes");
    break_after(bytes, BreakingStream::kNever);
  }
}

TEST_F(BrokenNetworkAt, EachByteThatIsWritten) {
  for (std::size_t bytes = 0; bytes < whole_.back; ++bytes) {
    SCOPED_TRACE(testing::Message() << "after " << bytes << " bytes");
    break_after(BreakingStream::kNever, bytes);
  }
}

TEST_F(BrokenNetworkAt, EachByteThatTheClientSends) {
  std::string all;
  for (const auto& part : script()) all += part;
  for (std::size_t bytes = 0; bytes < all.size(); ++bytes) {
    SCOPED_TRACE(testing::Message() << "the client goes away after " << bytes << " bytes");
    TestWire wire(server_);
    wire.send(all.substr(0, bytes));
    wire.close();
    server_.advance(2s);
    expect_all_unwound(wire);
  }
}

TEST_F(BrokenNetworkAt, EachByteThatTheClientReads) {
  for (std::size_t capacity = 1; capacity < whole_.back; ++capacity) {
    SCOPED_TRACE(testing::Message() << "the client reads nothing, " << capacity << " bytes are on the way");
    TestWire wire(server_, net::make_pipe("test", capacity));
    wire.stop_reading();
    play(wire);
    EXPECT_FALSE(wire.done());
    wire.close();
    server_.advance(2s);
    expect_all_unwound(wire);
  }
}

}  // namespace
}  // namespace plinth::server

// Calls with streams against a real server: both directions, their ends, and who waits for whom.

#include <gmock/gmock.h>

#include <chrono>

#include "support/test_channel.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

Task<Texts> read_all(ClientReader<Text>& reader) {
  Texts values;
  while (auto message = co_await reader.next()) values.push_back(message->value());
  co_return values;
}

Task<Texts> read_all(ClientStream<Text, Text>& stream) {
  Texts values;
  while (auto message = co_await stream.next()) values.push_back(message->value());
  co_return values;
}

/// How many of `count` messages could be written.
template <class Call>
Task<int> write_many(Call& call, int count, std::size_t size, int& written) {
  const auto message = text(std::string(size, 'x'));
  while (written < count) {
    auto write = call.write(message);
    if (!co_await write) break;
    ++written;
  }
  co_return written;
}

template <class Call>
Task<Status> finish(Call& call) {
  auto end = call.finish();
  co_return co_await end;
}

Task<Result<Text>> response_of(ClientWriter<Text, Text>& writer) {
  auto finishing = writer.finish();
  auto response = co_await std::move(finishing);
  co_return response;
}

class StreamingCall : public testing::Test {
 protected:
  Worker& worker() { return channel_.server.loop.worker(); }
  StringServicer& servicer() { return *channel_.server.servicer; }

  ClientReader<Text> read(const std::string& request, CallOptions options = {}) {
    static constexpr Method kMethod{kServerStreaming, CallKind::kServerStreaming};
    Worker::Turn turn(worker());
    return ClientReader<Text>(detail::start_with(channel_.channel(), kMethod, text(request), std::move(options)));
  }
  ClientWriter<Text, Text> write(CallOptions options = {}) {
    return ClientWriter<Text, Text>(channel_.start(kClientStreaming, CallKind::kClientStreaming, std::move(options)));
  }
  ClientStream<Text, Text> talk(CallOptions options = {}) {
    return ClientStream<Text, Text>(channel_.start(kBidirectional, CallKind::kBidirectional, std::move(options)));
  }

  void serve_numbers(int count, Status end = {}) {
    servicer().server_streaming = [this, count, end](ServerContext&, const Text& request) -> Generator<Text> {
      Visit visit(visits_);
      for (yielded_ = 0; yielded_ < count; ++yielded_) co_yield text(request.value() + std::to_string(yielded_));
      if (!end.ok()) co_yield end;
    };
  }
  void serve_echo() {
    servicer().bidirectional = [this](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
      Visit visit(visits_);
      while (auto request = co_await requests.next()) co_await responses.write(*request);
      co_return Status();
    };
  }

  TestChannel channel_;
  Visits visits_;
  int yielded_ = 0;
};

TEST_F(StreamingCall, GivesTheResponsesInOrderAndThenTheStatus) {
  serve_numbers(3);
  auto call = read("n");
  Started<Texts> all(worker(), read_all(call));
  channel_.poll();
  ASSERT_TRUE(all.done());
  EXPECT_THAT(all.take(), ElementsAre("n0", "n1", "n2"));
  EXPECT_EQ(call.call().status(), Status());
}

TEST_F(StreamingCall, GivesTheResponsesThatCameBeforeAnError) {
  serve_numbers(2, not_found("no more"));
  auto call = read("n");
  Started<Texts> all(worker(), read_all(call));
  Started<Status> end(worker(), finish(call));
  channel_.poll();
  ASSERT_TRUE(all.done() && end.done());
  EXPECT_EQ(end.take(), not_found("no more"));
}

TEST_F(StreamingCall, MayHaveNoResponses) {
  serve_numbers(0);
  auto call = read("n");
  Started<Texts> all(worker(), read_all(call));
  channel_.poll();
  ASSERT_TRUE(all.done());
  EXPECT_THAT(all.take(), IsEmpty());
  EXPECT_TRUE(call.call().status().ok());
}

TEST_F(StreamingCall, CollectsRequestsForOneResponse) {
  servicer().client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
    std::string sum;
    while (auto request = co_await requests.next()) sum += request->value();
    co_return text(sum);
  };
  auto call = write();
  int written = 0;
  Started<int> writing(worker(), write_many(call, 3, 2, written));
  channel_.poll();
  Started<Result<Text>> response(worker(), response_of(call));
  channel_.poll();
  ASSERT_TRUE(response.done());
  EXPECT_EQ(response.take()->value(), "xxxxxx");
}

TEST_F(StreamingCall, TalksInTurn) {
  serve_echo();
  auto call = talk();
  Started<Texts> reading(worker(), read_all(call));
  int written = 0;
  Started<int> writing(worker(), write_many(call, 2, 1, written));
  channel_.poll();
  EXPECT_FALSE(reading.done());
  channel_.server.turn([&] { call.half_close(); });
  channel_.poll();
  ASSERT_TRUE(reading.done());
  EXPECT_THAT(reading.take(), ElementsAre("x", "x"));
  EXPECT_TRUE(call.call().status().ok());
}

/// A server that says all it has to say before it listens, and one that listens first.
TEST_F(StreamingCall, ReadsAndWritesIndependently) {
  servicer().bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
    const auto hello = text("hello"), bye = text("bye");
    co_await responses.write(hello);
    while (co_await requests.next()) {
    }
    co_await responses.write(bye);
    co_return Status();
  };
  auto call = talk();
  Started<Texts> reading(worker(), read_all(call));
  channel_.poll();
  EXPECT_EQ(call.call().initial_metadata().size(), 0u);
  int written = 0;
  Started<int> writing(worker(), write_many(call, 5, 1, written));
  channel_.poll();
  EXPECT_EQ(written, 5);
  channel_.server.turn([&] { call.half_close(); });
  channel_.poll();
  ASSERT_TRUE(reading.done());
  EXPECT_THAT(reading.take(), ElementsAre("hello", "bye"));
}

TEST_F(StreamingCall, SuspendsWritesWhileTheServerDoesNotRead) {
  bool read_on = false;
  servicer().client_streaming = [&](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
    while (!read_on) {
      auto nap = sleep_for(1s);
      co_await std::move(nap);
    }
    int count = 0;
    while (co_await requests.next()) ++count;
    co_return text(std::to_string(count));
  };
  auto call = write();
  int written = 0;
  Started<int> writing(worker(), write_many(call, 1000, 10'000, written));
  channel_.poll();
  EXPECT_GT(written, 5);
  EXPECT_LT(written, 60) << "the window of the stream and one send buffer";
  channel_.advance(10s);
  EXPECT_LT(written, 60);
  read_on = true;
  channel_.advance(1s);
  for (int i = 0; i < 200 && !writing.done(); ++i) channel_.poll();
  ASSERT_TRUE(writing.done());
  EXPECT_EQ(writing.take(), 1000);
  Started<Result<Text>> response(worker(), response_of(call));
  channel_.poll();
  ASSERT_TRUE(response.done());
  EXPECT_EQ(response.take()->value(), "1000");
}

TEST_F(StreamingCall, SuspendsTheServerWhileTheClientDoesNotRead) {
  serve_numbers(100'000);
  auto call = read(std::string(1000, 'n'));
  for (int i = 0; i < 20; ++i) channel_.poll();
  EXPECT_GT(yielded_, 10);
  EXPECT_LT(yielded_, 2000);
  const auto before = yielded_;
  channel_.advance(10s);
  EXPECT_EQ(yielded_, before);
  Text message;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(call.call().can_take());
    channel_.server.turn([&] { ASSERT_TRUE(call.call().take_message(message)); });
  }
  channel_.poll();
  EXPECT_GT(yielded_, before) << "there is room again";
}

TEST_F(StreamingCall, FinishesWithoutReadingALongStream) {
  serve_numbers(20'000);
  auto call = read(std::string(100, 'n'));
  Started<Status> end(worker(), finish(call));
  for (int i = 0; i < 300 && !end.done(); ++i) channel_.poll();
  ASSERT_TRUE(end.done());
  EXPECT_EQ(end.take(), Status());
  EXPECT_EQ(yielded_, 20'000);
}

TEST_F(StreamingCall, TellsTheWriterThatTheServerHasEnded) {
  servicer().client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
    (void)co_await requests.next();
    co_return failed_precondition("enough");
  };
  auto call = write();
  int written = 0;
  Started<int> writing(worker(), write_many(call, 1'000'000, 10'000, written));
  channel_.poll();
  ASSERT_TRUE(writing.done());
  EXPECT_LT(writing.take(), 1000);
  Started<Result<Text>> response(worker(), response_of(call));
  channel_.poll();
  ASSERT_TRUE(response.done());
  EXPECT_EQ(response.take().error(), failed_precondition("enough"));
}

/// A response may come before all requests have been written: it is the response.
TEST_F(StreamingCall, TakesAnEarlyResponse) {
  servicer().client_streaming = [](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
    (void)co_await requests.next();
    co_return text("early");
  };
  auto call = write();
  int written = 0;
  Started<int> writing(worker(), write_many(call, 1'000'000, 10'000, written));
  channel_.poll();
  ASSERT_TRUE(writing.done());
  Started<Result<Text>> response(worker(), response_of(call));
  channel_.poll();
  ASSERT_TRUE(response.done());
  EXPECT_EQ(response.take()->value(), "early");
}

TEST_F(StreamingCall, CarriesMessagesLargerThanEveryWindow) {
  serve_echo();
  auto call = talk();
  Started<Texts> reading(worker(), read_all(call));
  int written = 0;
  Started<int> writing(worker(), write_many(call, 3, 3'000'000, written));
  for (int i = 0; i < 200 && written < 3; ++i) channel_.poll();
  channel_.server.turn([&] { call.half_close(); });
  for (int i = 0; i < 200 && !reading.done(); ++i) channel_.poll();
  ASSERT_TRUE(reading.done());
  const auto values = reading.take();
  ASSERT_EQ(values.size(), 3u);
  for (const auto& value : values) EXPECT_EQ(value.size(), 3'000'000u);
}

TEST_F(StreamingCall, OfManyAtOnceShareAConnection) {
  serve_echo();
  std::deque<ClientStream<Text, Text>> calls;
  std::deque<Started<Texts>> readings;
  for (int i = 0; i < 50; ++i) {
    auto& call = calls.emplace_back(channel_.start(kBidirectional, CallKind::kBidirectional));
    readings.emplace_back(worker(), read_all(call));
    channel_.server.turn([&] {
      call.call().put_message(text(std::to_string(i)));
      call.half_close();
    });
  }
  channel_.poll();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(readings[i].done());
    EXPECT_THAT(readings[i].take(), ElementsAre(std::to_string(i)));
  }
  EXPECT_EQ(channel_.network->at(TestChannel::kAddress).connections, 1);
}

}  // namespace
}  // namespace plinth::test

#include "telemetry/span_queue.h"

#include <gmock/gmock.h>

#include <future>
#include <string>

#include "support/kept_spans.h"

namespace plinth::telemetry {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class NoSink final : public SpanSink {
 public:
  void take(std::unique_ptr<SpanRecord>) noexcept override {}
  bool flush(Duration) override { return true; }
};

class SpanQueueTest : public ::testing::Test {
 protected:
  bool push(std::string name = "", std::size_t size = 256) {
    auto span = std::make_unique<SpanRecord>(sink_);
    span->name = std::move(name);
    span->size = size;
    return queue_.push(std::move(span));
  }

  NoSink sink_;
  SpanQueue queue_;
};

TEST_F(SpanQueueTest, GivesTheOldestFirst) {
  push("a");
  push("b");
  const auto batch = queue_.take_batch();
  ASSERT_THAT(batch, SizeIs(2));
  EXPECT_EQ(batch[0]->name, "a");
  EXPECT_EQ(batch[1]->name, "b");
  EXPECT_THAT(queue_.take_batch(), IsEmpty());
}

TEST_F(SpanQueueTest, Keeps2048Spans) {
  for (int i = 0; i < 2048; ++i) EXPECT_TRUE(push());
  EXPECT_FALSE(push());
  EXPECT_THAT(queue_.take_batch(), SizeIs(512));
  EXPECT_TRUE(push());
}

TEST_F(SpanQueueTest, KeepsNoMoreThan16MiB) {
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(push("", 1 << 20));
  EXPECT_FALSE(push());
  EXPECT_THAT(queue_.take_batch(), SizeIs(2)) << "and sends 2 MiB at once";
  EXPECT_TRUE(push());
}

TEST_F(SpanQueueTest, SaysWhenThereIsABatch) {
  for (int i = 0; i < 511; ++i) push();
  EXPECT_FALSE(queue_.has_batch());
  push();
  EXPECT_TRUE(queue_.has_batch());
}

TEST_F(SpanQueueTest, IsEmptyOnceWhatWasTakenHasBeenSent) {
  push();
  EXPECT_FALSE(queue_.hurry({}));
  const auto batch = queue_.take_batch();
  EXPECT_EQ(queue_.left(), 1u);
  EXPECT_FALSE(queue_.hurry({})) << "it is on the way";
  queue_.sent();
  EXPECT_EQ(queue_.left(), 0u);
  EXPECT_TRUE(queue_.hurry({}));
}

TEST_F(SpanQueueTest, TellsTheSenderThatSomebodyWaits) {
  push();
  EXPECT_FALSE(queue_.hurried());
  auto flushed = std::async(std::launch::async, [this] { return queue_.hurry(std::chrono::minutes(1)); });
  while (!queue_.hurried()) std::this_thread::yield();
  const auto batch = queue_.take_batch();
  queue_.sent();
  EXPECT_TRUE(flushed.get());
  EXPECT_FALSE(queue_.hurried());
}

}  // namespace
}  // namespace plinth::telemetry

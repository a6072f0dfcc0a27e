#include "net/pipe.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "plinth/async.h"
#include "support/manual_loop.h"

namespace plinth::net {
namespace {

using test::Started;

class PipeTest : public testing::Test {
 protected:
  static constexpr std::size_t kCapacity = 10;

  Started<IoResult> read(ByteStream& end) { return Started<IoResult>(loop_.worker(), end.read_some(space_)); }
  std::string text_of(Started<IoResult>& read) {
    loop_.poll();
    if (!read.done()) return "waits";
    const auto size = read.take();
    return size ? std::string(reinterpret_cast<const char*>(space_.data()), *size) : "error";
  }

  class Write {
   public:
    Write(test::ManualLoop& loop, ByteStream& end, std::string first, std::string second = "")
        : texts_{std::move(first), std::move(second)},
          pieces_{base::as_bytes(texts_[0]), base::as_bytes(texts_[1])},
          started_(loop.worker(), end.write_all(pieces_)) {}
    bool done() const { return started_.done(); }
    bool failed() { return static_cast<bool>(started_.take()); }

   private:
    std::array<std::string, 2> texts_;
    std::array<base::ByteView, 2> pieces_;
    Started<std::error_code> started_;
  };

  void close(ByteStream& end) {
    Worker::Turn turn(loop_.worker());
    end.close();
  }

  test::ManualLoop loop_;
  std::array<std::byte, 100> space_;
  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> pipe_ = make_pipe("test", kCapacity);
  ByteStream& here_ = *pipe_.first;
  ByteStream& there_ = *pipe_.second;
};

TEST_F(PipeTest, CarriesBytesBothWays) {
  EXPECT_TRUE(Write(loop_, here_, "hello ", "you").done());
  EXPECT_TRUE(Write(loop_, there_, "hi").done());
  auto there = read(there_);
  EXPECT_EQ(text_of(there), "hello you");
  auto here = read(here_);
  EXPECT_EQ(text_of(here), "hi");
}

TEST_F(PipeTest, NamesItsPeer) { EXPECT_EQ(here_.peer().address, "inproc:test"); }

TEST_F(PipeTest, LetsAReaderWait) {
  auto there = read(there_);
  EXPECT_EQ(text_of(there), "waits");
  Write(loop_, here_, "now");
  EXPECT_EQ(text_of(there), "now");
}

TEST_F(PipeTest, LetsAWriterWaitUntilThereIsRoom) {
  Write write(loop_, here_, "0123456", "789abcdef");
  EXPECT_FALSE(write.done());
  auto first = read(there_);
  EXPECT_EQ(text_of(first), "0123456789");
  EXPECT_TRUE(write.done());
  EXPECT_FALSE(write.failed());
  auto second = read(there_);
  EXPECT_EQ(text_of(second), "abcdef");
}

TEST_F(PipeTest, EndsAfterWhatWasWritten) {
  Write(loop_, here_, "last");
  here_.shut_write();
  auto first = read(there_);
  EXPECT_EQ(text_of(first), "last");
  auto second = read(there_);
  EXPECT_EQ(text_of(second), "");
  Write(loop_, there_, "back");
  auto back = read(here_);
  EXPECT_EQ(text_of(back), "back") << "only one direction has ended";
}

TEST_F(PipeTest, ClosedThereEndsReadsAndBreaksWrites) {
  Write(loop_, there_, "last");
  close(there_);
  auto first = read(here_);
  EXPECT_EQ(text_of(first), "last");
  auto second = read(here_);
  EXPECT_EQ(text_of(second), "");
  EXPECT_TRUE(Write(loop_, here_, "lost").failed());
}

TEST_F(PipeTest, ClosedHereEndsWhatWaitsHere) {
  Write write(loop_, here_, "more than it holds");
  auto waiting = read(here_);
  close(here_);
  EXPECT_EQ(text_of(waiting), "error");
  ASSERT_TRUE(write.done());
  EXPECT_TRUE(write.failed());
  EXPECT_TRUE(Write(loop_, here_, "lost").failed());
}

TEST_F(PipeTest, ClosedHereGivesNoMoreOfWhatHasCome) {
  Write(loop_, there_, "too late");
  close(here_);
  auto late = read(here_);
  EXPECT_EQ(text_of(late), "error");
}

TEST_F(PipeTest, ClosedHereWakesWhoWaitsThere) {
  Write filled(loop_, there_, "more than it holds");
  auto waiting = read(there_);
  close(here_);
  EXPECT_EQ(text_of(waiting), "");
  ASSERT_TRUE(filled.done());
  EXPECT_TRUE(filled.failed());
}

TEST_F(PipeTest, DestroyedIsClosed) {
  {
    Worker::Turn turn(loop_.worker());
    pipe_.first.reset();
  }
  auto there = read(there_);
  EXPECT_EQ(text_of(there), "");
}

TEST_F(PipeTest, CancelledWaitsThrow) {
  Write filled(loop_, there_, std::string(kCapacity, 'x'));
  auto waiting = read(there_);
  {
    Worker::Turn turn(loop_.worker());
    waiting.scope().cancel(cancelled("enough"));
  }
  ASSERT_TRUE(waiting.done());
  EXPECT_THROW(waiting.take(), StatusError);
}

}  // namespace
}  // namespace plinth::net

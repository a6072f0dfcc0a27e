#include "wire/framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plinth::wire {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kLimit = 4 * 1024 * 1024;

std::string framed(std::string_view message, bool compressed = false) {
  std::array<std::byte, kPrefixSize> prefix;
  write_prefix(prefix.data(), compressed, static_cast<std::uint32_t>(message.size()));
  return std::string(base::as_text(prefix)).append(message);
}

Status feed(FrameDecoder& decoder, std::string_view bytes) { return decoder.feed(base::as_bytes(bytes)); }

std::vector<std::string> take_all(FrameDecoder& decoder) {
  std::vector<std::string> messages;
  while (auto frame = decoder.next()) messages.emplace_back(frame->message.text());
  return messages;
}

TEST(WritePrefix, IsFlagAndBigEndianLength) {
  EXPECT_EQ(framed("abc"), std::string("\0\0\0\0\3abc", 8));
  EXPECT_EQ(framed("abc", true).substr(0, 5), std::string("\1\0\0\0\3", 5));
  std::array<std::byte, kPrefixSize> prefix;
  write_prefix(prefix.data(), false, 0x01020304);
  EXPECT_EQ(base::as_text(prefix), std::string("\0\1\2\3\4", 5));
}

TEST(FrameDecoder, StartsAtABoundaryWithNothing) {
  FrameDecoder decoder(kLimit);
  EXPECT_FALSE(decoder.has_frame());
  EXPECT_FALSE(decoder.next().has_value());
  EXPECT_TRUE(decoder.at_boundary());
  EXPECT_EQ(decoder.buffered(), 0u);
}

TEST(FrameDecoder, GivesAMessageFedWhole) {
  FrameDecoder decoder(kLimit);
  ASSERT_TRUE(feed(decoder, framed("hello")).ok());
  ASSERT_TRUE(decoder.has_frame());
  const auto frame = decoder.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->message.text(), "hello");
  EXPECT_FALSE(frame->compressed);
  EXPECT_FALSE(decoder.has_frame());
  EXPECT_TRUE(decoder.at_boundary());
}

TEST(FrameDecoder, KeepsTheCompressedFlagOfEachMessage) {
  FrameDecoder decoder(kLimit);
  ASSERT_TRUE(feed(decoder, framed("a", true) + framed("b") + framed("", true)).ok());
  EXPECT_TRUE(decoder.next()->compressed);
  EXPECT_FALSE(decoder.next()->compressed);
  EXPECT_TRUE(decoder.next()->compressed);
}

TEST(FrameDecoder, AnEmptyMessageIsAMessage) {
  FrameDecoder decoder(kLimit);
  ASSERT_TRUE(feed(decoder, framed("")).ok());
  const auto frame = decoder.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->message.empty());
  EXPECT_TRUE(decoder.at_boundary());
}

TEST(FrameDecoder, GivesManyMessagesInOrder) {
  FrameDecoder decoder(kLimit);
  std::string bytes;
  std::vector<std::string> expected;
  for (int i = 0; i < 100; ++i) {
    expected.push_back(std::string(static_cast<std::size_t>(i % 7), 'x') + std::to_string(i));
    bytes += framed(expected.back());
  }
  ASSERT_TRUE(feed(decoder, bytes).ok());
  EXPECT_EQ(take_all(decoder), expected);
}

TEST(FrameDecoder, KeepsOrderWhenFeedingAndTakingAlternate) {
  FrameDecoder decoder(kLimit);
  int fed = 0, taken = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(feed(decoder, framed(std::to_string(fed++))).ok());
    for (int i = 0; i < 2; ++i) ASSERT_EQ(decoder.next()->message.text(), std::to_string(taken++));
  }
  for (const auto& message : take_all(decoder)) ASSERT_EQ(message, std::to_string(taken++));
  EXPECT_EQ(taken, fed);
}

TEST(FrameDecoder, AnySplitGivesTheSameMessages) {
  const std::string bytes = framed("first") + framed("") + framed("the second", true) + framed("3");
  for (std::size_t one = 0; one <= bytes.size(); ++one) {
    for (std::size_t two = one; two <= bytes.size(); ++two) {
      FrameDecoder decoder(kLimit);
      ASSERT_TRUE(feed(decoder, bytes.substr(0, one)).ok());
      ASSERT_TRUE(feed(decoder, bytes.substr(one, two - one)).ok());
      ASSERT_TRUE(feed(decoder, bytes.substr(two)).ok());
      ASSERT_TRUE(decoder.at_boundary());
      ASSERT_THAT(take_all(decoder), ElementsAre("first", "", "the second", "3")) << "split at " << one << ", " << two;
    }
  }
}

TEST(FrameDecoder, ALargeMessageMayComeByteByByte) {
  std::string message;
  for (int i = 0; i < 20'000; ++i) message.push_back(static_cast<char>(i * 31));
  FrameDecoder decoder(kLimit);
  for (const char byte : framed(message)) ASSERT_TRUE(feed(decoder, {&byte, 1}).ok());
  EXPECT_THAT(take_all(decoder), ElementsAre(message));
}

TEST(FrameDecoder, IsAtABoundaryOnlyBetweenMessages) {
  const std::string bytes = framed("ab");
  FrameDecoder decoder(kLimit);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(decoder.at_boundary(), i == 0) << "before byte " << i;
    ASSERT_TRUE(feed(decoder, bytes.substr(i, 1)).ok());
  }
  EXPECT_TRUE(decoder.at_boundary());
}

TEST(FrameDecoder, CountsWhatItHolds) {
  FrameDecoder decoder(kLimit);
  ASSERT_TRUE(feed(decoder, framed("12345") + framed("") + framed("12345").substr(0, 7)).ok());
  EXPECT_EQ(decoder.buffered(), (5u + 5u) + 5u + (5u + 2u));
  ASSERT_TRUE(decoder.next().has_value());
  EXPECT_EQ(decoder.buffered(), 5u + 7u);
  ASSERT_TRUE(feed(decoder, "345").ok());
  take_all(decoder);
  EXPECT_EQ(decoder.buffered(), 0u);
}

TEST(FrameDecoder, TakesAMessageOfExactlyTheLimit) {
  FrameDecoder decoder(100);
  EXPECT_TRUE(feed(decoder, framed(std::string(100, 'x'))).ok());
  EXPECT_EQ(take_all(decoder).size(), 1u);
}

TEST(FrameDecoder, RefusesAMessageAboveTheLimitAtItsPrefix) {
  FrameDecoder decoder(100);
  const Status status = feed(decoder, framed(std::string(101, 'x')).substr(0, 5));
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("101 bytes"), HasSubstr("100 bytes")));
}

TEST(FrameDecoder, RefusesTheLargestLength) {
  FrameDecoder decoder(kLimit);
  const Status status = feed(decoder, std::string_view("\0\xff\xff\xff\xff", 5));
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("4294967295"));
}

TEST(FrameDecoder, RefusesUnknownFlags) {
  for (const unsigned flags : {2u, 0x80u, 0xffu}) {
    FrameDecoder decoder(kLimit);
    std::string bytes = framed("x");
    bytes[0] = static_cast<char>(flags);
    const Status status = feed(decoder, bytes);
    EXPECT_EQ(status.code(), StatusCode::kInternal);
    EXPECT_THAT(status.message(), HasSubstr(std::to_string(flags)));
  }
}

TEST(FrameDecoder, MessagesBeforeAnErrorCanStillBeTaken) {
  FrameDecoder decoder(100);
  EXPECT_FALSE(feed(decoder, framed("good") + "\x07").ok() && feed(decoder, "1234").ok());
  EXPECT_THAT(take_all(decoder), ElementsAre("good"));
}

TEST(FrameDecoder, ResetMakesItNew) {
  FrameDecoder decoder(100);
  ASSERT_TRUE(feed(decoder, framed("a") + framed("b") + framed("cut off").substr(0, 8)).ok());
  decoder.reset(3);
  EXPECT_TRUE(decoder.at_boundary());
  EXPECT_FALSE(decoder.has_frame());
  EXPECT_EQ(decoder.buffered(), 0u);
  ASSERT_TRUE(feed(decoder, framed("new")).ok());
  EXPECT_THAT(take_all(decoder), ElementsAre("new"));
  EXPECT_EQ(feed(decoder, framed("long")).code(), StatusCode::kResourceExhausted) << "reset must take the new limit";
}

TEST(FrameDecoder, AMessageOutlivesTheDecoder) {
  std::optional<Frame> frame;
  {
    FrameDecoder decoder(kLimit);
    ASSERT_TRUE(feed(decoder, framed("kept")).ok());
    frame = decoder.next();
  }
  EXPECT_EQ(frame->message.text(), "kept");
}

}  // namespace
}  // namespace plinth::wire

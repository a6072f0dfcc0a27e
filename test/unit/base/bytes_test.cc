#include "base/bytes.h"

#include <gtest/gtest.h>

#include <utility>

namespace plinth::base {
namespace {

TEST(Bytes, StartsEmpty) {
  const Bytes bytes;
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(bytes.size(), 0u);
  EXPECT_TRUE(bytes.view().empty());
}

TEST(Bytes, AllocatesTheSizeAskedFor) {
  Bytes bytes = Bytes::allocate(100'000);
  ASSERT_EQ(bytes.size(), 100'000u);
  std::memset(bytes.mutable_data(), 'x', bytes.size());
  EXPECT_EQ(bytes.text(), std::string(100'000, 'x'));
}

TEST(Bytes, DataIsAlignedForAnyScalar) {
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(Bytes::allocate(1).data()) % alignof(std::max_align_t), 0u);
}

TEST(Bytes, CopyOfOwnsItsBytes) {
  std::string source = "hello";
  const Bytes bytes = Bytes::copy_of(source);
  source = "other";
  EXPECT_EQ(bytes.text(), "hello");
}

TEST(Bytes, CopyOfNothingHasNoBlock) {
  EXPECT_EQ(Bytes::copy_of(std::string_view()).data(), nullptr);
  EXPECT_EQ(Bytes::copy_of(ByteView()).data(), nullptr);
}

TEST(Bytes, CopiesShareTheBlock) {
  const Bytes first = Bytes::copy_of("shared");
  const Bytes second = first;
  EXPECT_EQ(first.data(), second.data());
  EXPECT_EQ(second.text(), "shared");
}

TEST(Bytes, ABlockLivesAsLongAsItsLastOwner) {
  Bytes part;
  {
    const Bytes whole = Bytes::copy_of("0123456789");
    part = whole.part(2, 3);
  }
  EXPECT_EQ(part.text(), "234");
}

TEST(Bytes, MovingLeavesNothingBehind) {
  Bytes from = Bytes::copy_of("moved");
  const Bytes to = std::move(from);
  EXPECT_EQ(to.text(), "moved");
  EXPECT_TRUE(from.empty());
  EXPECT_EQ(from.data(), nullptr);
}

TEST(Bytes, AssignmentReplacesAndSurvivesItself) {
  Bytes bytes = Bytes::copy_of("first");
  bytes = Bytes::copy_of("second");
  Bytes& same = bytes;
  bytes = same;
  EXPECT_EQ(bytes.text(), "second");
}

TEST(Bytes, PrefixAndEndCanBeCutOff) {
  Bytes bytes = Bytes::copy_of("[body]");
  const Bytes untouched = bytes;
  bytes.remove_prefix(1);
  bytes.truncate(4);
  EXPECT_EQ(bytes.text(), "body");
  EXPECT_EQ(untouched.text(), "[body]");
}

TEST(Bytes, TextAndBytesAreTwoViewsOfTheSame) {
  const std::string_view text = "a\0b\xff";
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_EQ(as_text({}), "");
}

}  // namespace
}  // namespace plinth::base

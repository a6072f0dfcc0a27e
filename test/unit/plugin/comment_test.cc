#include "plugin/comment.h"

#include <gmock/gmock.h>

namespace {

using plinth::plugin::comment_lines;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CommentLines, SplitAtEveryLineEnd) {
  EXPECT_THAT(comment_lines(" one\n two\r\n three\rfour"), ElementsAre("one", "two", "three", "four"));
}

TEST(CommentLines, KeepEmptyLinesInTheMiddleOnly) {
  EXPECT_THAT(comment_lines("\n \n one\n\n two\n  \n"), ElementsAre("one", "", "two"));
  EXPECT_THAT(comment_lines(" \n"), IsEmpty());
  EXPECT_THAT(comment_lines(""), IsEmpty());
}

TEST(CommentLines, KeepIndentation) { EXPECT_THAT(comment_lines("  an example\n"), ElementsAre(" an example")); }

TEST(CommentLines, NeverContinueOnTheNextLine) {
  EXPECT_THAT(comment_lines(" C:\\temp\\\n back\\  \n x?\?/\n"), ElementsAre("C:\\temp\\ .", "back\\ .", "x?\?/ ."));
}

TEST(CommentLines, HaveNoControlCharacters) {
  EXPECT_THAT(comment_lines(std::string_view(" a\0b\tc\v\x7f", 8)), ElementsAre("a b c"));
}

TEST(CommentLines, HaveNothingThatIsNoUtf8) {
  EXPECT_THAT(comment_lines("caf\xe9 caf\xc3\xa9 \xe2\x82"), ElementsAre("caf  caf\xc3\xa9"));
  EXPECT_THAT(comment_lines("a\xe9\n\\\xe9\n"), ElementsAre("a", "\\ ."));
}

TEST(CommentLines, RunInOneDirection) {
  EXPECT_THAT(comment_lines("is \u202egnihton\u202c \u2066here\u2069"), ElementsAre("is  gnihton   here"));
}

}  // namespace

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

}  // namespace

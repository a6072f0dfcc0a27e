#include "wire/metadata_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plinth::wire {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Pair = Metadata::Pair;

TEST(AppendMetadata, EncodesBinaryValuesAndTrimsOthers) {
  const Metadata metadata{{"k", "  a b "}, {"data-bin", std::string_view("\0\xff", 2)}};
  base::FieldList fields;
  FieldTexts texts;
  append_metadata(metadata, fields, texts);
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].value, "a b");
  EXPECT_EQ(fields[1].value, "AP8");
  EXPECT_FALSE(fields[0].lasting || fields[1].lasting);
}

TEST(ReadMetadata, TakesAnyValueOfAnOrdinaryName) {
  Metadata metadata;
  EXPECT_EQ(read_metadata("k", "a, caf\xc3\xa9", metadata), Status());
  EXPECT_THAT(metadata, ElementsAre(Pair{"k", "a, caf\xc3\xa9"}));
}

TEST(ReadMetadata, SplitsAndDecodesBinaryValues) {
  Metadata metadata;
  EXPECT_EQ(read_metadata("k-bin", "Zg==, Zm8", metadata), Status());
  EXPECT_THAT(metadata, ElementsAre(Pair{"k-bin", "f"}, Pair{"k-bin", "fo"}));
}

TEST(ReadMetadata, NamesWhatIsNoBase64) {
  Metadata metadata;
  const auto status = read_metadata("k-bin", "Zg,*,Zg", metadata);
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("k-bin"), HasSubstr("'Zg,*,Zg'")));
  EXPECT_THAT(metadata, ElementsAre(Pair{"k-bin", "f"}));
}

TEST(ReadMetadata, LeavesOutPseudoFieldsAndEmptyNames) {
  Metadata metadata;
  EXPECT_EQ(read_metadata("", "x", metadata), Status());
  EXPECT_EQ(read_metadata(":path", "x", metadata), Status());
  EXPECT_EQ(read_metadata(":path-bin", "*", metadata), Status());
  EXPECT_THAT(metadata, IsEmpty());
}

}  // namespace
}  // namespace plinth::wire

#include "wire/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plinth::wire {
namespace {

using testing::ElementsAre;

/// The fields as lines, in the order of the wire; '!' marks one that is copied by nobody.
std::vector<std::string> lines(const base::FieldList& fields) {
  std::vector<std::string> text;
  for (const auto& field : fields) {
    text.push_back((field.lasting ? "!" : "") + std::string(field.name) + ": " + std::string(field.value));
  }
  return text;
}

std::vector<std::string> response_head(Encoding encoding, const Metadata& initial, bool offer = false) {
  base::FieldList fields;
  FieldTexts texts;
  append_response_head(encoding, initial, fields, texts, offer);
  return lines(fields);
}

std::vector<std::string> trailers(const Status& status, const Metadata& trailing = {}) {
  base::FieldList fields;
  FieldTexts texts;
  append_trailers(status, trailing, fields, texts);
  return lines(fields);
}

std::vector<std::string> trailers_only(const Status& status, const Metadata& trailing = {}) {
  base::FieldList fields;
  FieldTexts texts;
  append_trailers_only(status, trailing, fields, texts);
  return lines(fields);
}

TEST(ResponseHead, OfAPlainResponse) {
  EXPECT_THAT(response_head(Encoding::kIdentity, {}), ElementsAre("!:status: 200", "!content-type: application/grpc"));
}

TEST(ResponseHead, OfACompressedResponse) {
  EXPECT_THAT(response_head(Encoding::kGzip, {}),
              ElementsAre("!:status: 200", "!content-type: application/grpc", "!grpc-encoding: gzip",
                          "!grpc-accept-encoding: identity,gzip"));
}

TEST(ResponseHead, OffersCompressionWhenAsked) {
  EXPECT_THAT(response_head(Encoding::kIdentity, {}, true),
              ElementsAre("!:status: 200", "!content-type: application/grpc", "!grpc-accept-encoding: identity,gzip"));
}

TEST(ResponseHead, HasTheInitialMetadataBehind) {
  const Metadata initial{{"b", "1"}, {"a", "2"}, {"b", "3"}};
  EXPECT_THAT(response_head(Encoding::kIdentity, initial),
              ElementsAre("!:status: 200", "!content-type: application/grpc", "b: 1", "a: 2", "b: 3"));
}

TEST(ResponseHead, AppendsToWhatIsThere) {
  base::FieldList fields{{"first", "field"}};
  FieldTexts texts;
  append_response_head(Encoding::kIdentity, {}, fields, texts);
  EXPECT_EQ(fields.size(), 3u);
  EXPECT_EQ(fields[0].name, "first");
}

TEST(Trailers, OfOkAreOneField) { EXPECT_THAT(trailers(Status()), ElementsAre("!grpc-status: 0")); }

TEST(Trailers, HaveEachCodeAsDecimal) {
  for (int code = 1; code <= 16; ++code) {
    EXPECT_THAT(trailers(Status(static_cast<StatusCode>(code), "")),
                ElementsAre("!grpc-status: " + std::to_string(code)));
  }
  EXPECT_THAT(trailers(Status(static_cast<StatusCode>(99), "")), ElementsAre("!grpc-status: 2"));
}

TEST(Trailers, HaveThePercentEncodedMessage) {
  EXPECT_THAT(trailers(not_found("Resource 7 not found")),
              ElementsAre("!grpc-status: 5", "grpc-message: Resource 7 not found"));
  EXPECT_THAT(trailers(not_found("100% caf\xc3\xa9\n")),
              ElementsAre("!grpc-status: 5", "grpc-message: 100%25 caf%C3%A9%0A"));
}

TEST(Trailers, HaveTheDetailsThenTheMetadata) {
  const Metadata trailing{{"x-cost", "3"}, {"data-bin", std::string_view("\0\xff", 2)}};
  EXPECT_THAT(trailers(aborted("no").with_details("foob"), trailing),
              ElementsAre("!grpc-status: 10", "grpc-message: no", "grpc-status-details-bin: Zm9vYg", "x-cost: 3",
                          "data-bin: AP8"));
}

TEST(Trailers, StripSpacesAroundMetadata) {
  EXPECT_THAT(trailers(Status(), {{"k", "  a b "}, {"empty", " "}}),
              ElementsAre("!grpc-status: 0", "k: a b", "empty: "));
}

TEST(Trailers, ManyEncodedTextsStayValid) {
  Metadata trailing;
  for (int i = 0; i < 50; ++i) trailing.add("k-bin", "v" + std::to_string(i));
  base::FieldList fields;
  FieldTexts texts;
  append_response_head(Encoding::kIdentity, trailing, fields, texts);
  append_trailers(not_found("\n"), trailing, fields, texts);
  EXPECT_EQ(fields[2].value, "djA");
  EXPECT_EQ(fields[51].value, "djQ5");
  EXPECT_EQ(fields[53].value, "%0A");
  EXPECT_EQ(fields.back().value, "djQ5");
}

TEST(TrailersOnly, AreHeadAndTrailersInOne) {
  EXPECT_THAT(trailers_only(unavailable("later"), {{"k", "v"}}),
              ElementsAre("!:status: 200", "!content-type: application/grpc", "!grpc-status: 14", "grpc-message: later",
                          "k: v"));
}

TEST(TrailersOnly, OfUnimplementedNameTheEncodingsThatWeHave) {
  EXPECT_THAT(trailers_only(unimplemented("grpc-encoding")),
              ElementsAre("!:status: 200", "!content-type: application/grpc", "!grpc-accept-encoding: identity,gzip",
                          "!grpc-status: 12", "grpc-message: grpc-encoding"));
}

}  // namespace
}  // namespace plinth::wire

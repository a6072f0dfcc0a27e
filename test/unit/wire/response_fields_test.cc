#include "wire/response_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "wire/response_head.h"

namespace plinth::wire {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Pair = Metadata::Pair;
using Block = std::vector<std::pair<std::string, std::string>>;

const Block kGoodHead = {{":status", "200"}, {"content-type", "application/grpc"}};

Block operator+(Block block, const Block& more) {
  block.insert(block.end(), more.begin(), more.end());
  return block;
}

/// A response as a call reads it.
struct Response {
  Metadata initial;
  Metadata trailing;
  ResponseFields fields{initial, trailing};

  /// A block that is not the last.
  Response& head(const Block& block) { return read(block, false); }
  /// The block that ends the response.
  Response& last(const Block& block) { return read(block, true); }

  Response& read(const Block& block, bool end_of_stream) {
    for (const auto& [name, value] : block) fields.on_field(name, value);
    fields.on_fields_end(end_of_stream);
    return *this;
  }

  Status status() const { return fields.status(); }
  StatusCode code() const { return fields.status().code(); }
  std::string message() const { return fields.status().message(); }
};

Status status_of_only(const Block& block) { return Response().last(block).status(); }
Status status_of_trailers(const Block& block) { return Response().head(kGoodHead).last(block).status(); }
Status check_of_head(const Block& block) { return Response().head(block).fields.check(); }

TEST(ResponseFields, OfAGoodResponse) {
  Response response;
  response.head(kGoodHead);
  EXPECT_TRUE(response.fields.has_head());
  EXPECT_EQ(response.fields.check(), Status());
  EXPECT_EQ(response.fields.encoding(), Encoding::kIdentity);
  EXPECT_TRUE(response.fields.peer_accepts(Encoding::kIdentity));
  EXPECT_FALSE(response.fields.peer_accepts(Encoding::kGzip));
  response.last({{"grpc-status", "0"}});
  EXPECT_EQ(response.status(), Status());
  EXPECT_TRUE(response.fields.has_head());
  EXPECT_FALSE(response.fields.is_trailers_only());
  EXPECT_THAT(response.initial, IsEmpty()) << "what belongs to gRPC itself is no metadata";
  EXPECT_THAT(response.trailing, IsEmpty());
}

TEST(ResponseFields, NothingReadIsNoResponse) {
  const Response response;
  EXPECT_FALSE(response.fields.has_head());
  EXPECT_EQ(response.code(), StatusCode::kInternal);
  EXPECT_THAT(response.message(), HasSubstr("without a response"));
}

TEST(ResponseFields, KnowTheEncodings) {
  Response response;
  response.head(kGoodHead + Block{{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "identity, gzip"}});
  EXPECT_EQ(response.fields.check(), Status());
  EXPECT_EQ(response.fields.encoding(), Encoding::kGzip);
  EXPECT_TRUE(response.fields.peer_accepts(Encoding::kGzip));
}

TEST(ResponseFields, AnUnknownEncodingIsInternalAndNamesOurs) {
  const auto status = check_of_head(kGoodHead + Block{{"grpc-encoding", "snappy"}});
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("'snappy'"), HasSubstr("identity,gzip")));
}

TEST(ResponseFields, MetadataGoesWhereItsBlockBelongs) {
  Response response;
  response.head(kGoodHead + Block{{"x-id", "7"}, {"date", "today"}, {"x-id", "8"}, {"content-length", "5"}});
  response.last({{"x-cost", "3"}, {"grpc-status", "0"}, {"content-length", "5"}});
  EXPECT_THAT(response.initial, ElementsAre(Pair{"x-id", "7"}, Pair{"date", "today"}, Pair{"x-id", "8"}));
  EXPECT_THAT(response.trailing, ElementsAre(Pair{"x-cost", "3"}));
}

TEST(ResponseFields, BinaryMetadataIsDecodedAndSplit) {
  Response response;
  response.head(kGoodHead + Block{{"data-bin", "AAH/"}, {"padded-bin", "Zg=="}});
  response.last({{"joined-bin", "Zg==, Zm8,Zm9v"}, {"empty-bin", ""}, {"grpc-status", "0"}});
  EXPECT_EQ(response.status(), Status());
  EXPECT_THAT(response.initial, ElementsAre(Pair{"data-bin", {"\0\1\xff", 3}}, Pair{"padded-bin", "f"}));
  EXPECT_THAT(response.trailing, ElementsAre(Pair{"joined-bin", "f"}, Pair{"joined-bin", "fo"},
                                             Pair{"joined-bin", "foo"}, Pair{"empty-bin", ""}));
}

TEST(ResponseFields, AMalformedBinaryValueIsInternalAndNamed) {
  for (const char* value : {"A", "Zg==,*", "Zm9v Zm9v"}) {
    const auto head = check_of_head(kGoodHead + Block{{"data-bin", value}});
    EXPECT_EQ(head.code(), StatusCode::kInternal) << value;
    EXPECT_THAT(head.message(), AllOf(HasSubstr("data-bin"), HasSubstr(value)));
    EXPECT_EQ(status_of_trailers({{"data-bin", value}, {"grpc-status", "0"}}).code(), StatusCode::kInternal);
    EXPECT_EQ(status_of_only(kGoodHead + Block{{"data-bin", value}, {"grpc-status", "0"}}).code(),
              StatusCode::kInternal);
  }
}

TEST(ResponseFields, TheServersErrorIsWorthMoreThanAMalformedValue) {
  const auto status = status_of_trailers({{"data-bin", "*"}, {"grpc-status", "5"}, {"grpc-message", "no"}});
  EXPECT_EQ(status, not_found("no"));
}

TEST(ResponseFields, TheFirstProblemIsKept) {
  const auto status = check_of_head(kGoodHead + Block{{"a-bin", "*"}, {"grpc-encoding", "snappy"}, {"b-bin", "*"}});
  EXPECT_THAT(status.message(), HasSubstr("a-bin"));
}

TEST(ResponseFields, PushbackIsFoundInTheTrailingMetadata) {
  Response response;
  response.last(kGoodHead + Block{{"grpc-status", "14"}, {"grpc-retry-pushback-ms", "250"}});
  EXPECT_EQ(response.trailing.get("grpc-retry-pushback-ms"), "250");
}

TEST(ResponseFields, EachCodeOfGrpc) {
  EXPECT_EQ(status_of_trailers({{"grpc-status", "0"}}), Status());
  for (int code = 1; code <= 16; ++code) {
    const auto status = status_of_trailers({{"grpc-status", std::to_string(code)}, {"grpc-message", "why"}});
    EXPECT_EQ(status, Status(static_cast<StatusCode>(code), "why"));
  }
}

TEST(ResponseFields, OkHasNoMessage) {
  EXPECT_EQ(status_of_trailers({{"grpc-status", "0"}, {"grpc-message", "fine"}}), Status());
  EXPECT_EQ(status_of_trailers({{"grpc-status", "0"}, {"grpc-status-details-bin", "Zm9v"}}), Status());
}

TEST(ResponseFields, AWrongGrpcStatusIsUnknownAndKeepsTheMessage) {
  for (const char* text : {"", "x", "17", "99", "-1", "1.0", " 5", "5 ", "0005", "99999999999999999999", "0x5"}) {
    const auto status = status_of_trailers({{"grpc-status", text}, {"grpc-message", "caf%C3%A9"}});
    EXPECT_EQ(status.code(), StatusCode::kUnknown) << text;
    EXPECT_THAT(status.message(), AllOf(HasSubstr("'" + std::string(text) + "'"), HasSubstr("caf\xc3\xa9")));
  }
  EXPECT_THAT(status_of_trailers({{"grpc-status", std::string(5000, '\xff')}}).message(),
              AllOf(HasSubstr("'" + std::string(64, '?') + "...'"), Not(HasSubstr(": "))));
}

TEST(ResponseFields, TheMessageIsPercentDecoded) {
  const auto message = [](const char* text) {
    return status_of_trailers({{"grpc-status", "5"}, {"grpc-message", text}}).message();
  };
  EXPECT_EQ(message("100%25 caf%C3%A9%0A"), "100% caf\xc3\xa9\n");
  EXPECT_EQ(message("50% of %zz and %4"), "50% of %zz and %4") << "what is malformed stays as it is";
  EXPECT_EQ(message(""), "");
}

TEST(ResponseFields, DetailsAreDecoded) {
  const Block error = {{"grpc-status", "10"}, {"grpc-message", "no"}};
  const auto details = [&](const char* text) {
    return status_of_trailers(error + Block{{"grpc-status-details-bin", text}});
  };
  EXPECT_EQ(details("Zm9vYg"), aborted("no").with_details("foob"));
  EXPECT_EQ(details("Zm9vYg=="), aborted("no").with_details("foob"));
  EXPECT_EQ(details(""), aborted("no"));
  EXPECT_EQ(details("*"), aborted("no")) << "malformed details do not cost the status";
}

TEST(ResponseFields, TheOrderOfTrailersDoesNotMatter) {
  EXPECT_EQ(status_of_trailers({{"grpc-status-details-bin", "Zm8"}, {"grpc-message", "m"}, {"grpc-status", "5"}}),
            not_found("m").with_details("fo"));
}

TEST(ResponseFields, TrailersOnlyHaveStatusAndTrailingMetadata) {
  Response response;
  response.last(kGoodHead + Block{{"grpc-status", "14"}, {"grpc-message", "later"}, {"x", "y"}, {"data-bin", "Zg"}});
  EXPECT_FALSE(response.fields.has_head());
  EXPECT_TRUE(response.fields.is_trailers_only());
  EXPECT_EQ(response.status(), unavailable("later"));
  EXPECT_THAT(response.initial, IsEmpty());
  EXPECT_THAT(response.trailing, ElementsAre(Pair{"x", "y"}, Pair{"data-bin", "f"}));
}

TEST(ResponseFields, TrailersOnlyMaySayOk) {
  EXPECT_EQ(status_of_only(kGoodHead + Block{{"grpc-status", "0"}}), Status());
}

struct HttpCase {
  const char* http;
  StatusCode code;
};

constexpr HttpCase kHttpCases[] = {
    {"400", StatusCode::kInternal},      {"401", StatusCode::kUnauthenticated}, {"403", StatusCode::kPermissionDenied},
    {"404", StatusCode::kUnimplemented}, {"429", StatusCode::kUnavailable},     {"431", StatusCode::kInternal},
    {"502", StatusCode::kUnavailable},   {"503", StatusCode::kUnavailable},     {"504", StatusCode::kUnavailable},
    {"201", StatusCode::kUnknown},       {"302", StatusCode::kUnknown},         {"402", StatusCode::kUnknown},
    {"405", StatusCode::kUnknown},       {"500", StatusCode::kUnknown},         {"501", StatusCode::kUnknown},
    {"999", StatusCode::kUnknown},
};

TEST(ResponseFields, WithoutGrpcStatusTheHttpStatusCounts) {
  for (const auto& [http, code] : kHttpCases) {
    const auto named = HasSubstr("HTTP status " + std::string(http));
    const auto grpc = status_of_only({{":status", http}, {"content-type", "application/grpc"}});
    EXPECT_EQ(grpc.code(), code) << http;
    EXPECT_THAT(grpc.message(), named);
    const auto html = status_of_only({{":status", http}, {"content-type", "text/html"}});
    EXPECT_EQ(html.code(), code) << http;
    EXPECT_THAT(html.message(), AllOf(named, HasSubstr("'text/html'")));
    const auto page = check_of_head({{":status", http}, {"content-type", "text/html"}});
    EXPECT_EQ(page, html) << "a page with a body is known for what it is before the body is read";
    const auto untyped = check_of_head({{":status", http}});
    EXPECT_EQ(untyped.code(), code) << http;
    EXPECT_THAT(untyped.message(), AllOf(named, HasSubstr("no content-type")));
  }
}

TEST(ResponseFields, AnErrorInGrpcStatusWinsOverAllElse) {
  const Block error = {{"grpc-status", "7"}, {"grpc-message", "not you"}};
  const auto denied = permission_denied("not you");
  EXPECT_EQ(status_of_only(Block{{":status", "502"}, {"content-type", "application/grpc"}} + error), denied);
  EXPECT_EQ(status_of_only(Block{{":status", "200"}, {"content-type", "text/html"}} + error), denied);
  EXPECT_EQ(status_of_only(Block{{":status", "415"}} + error), denied);
  EXPECT_EQ(check_of_head(Block{{":status", "503"}, {"content-type", "text/html"}} + error), denied);
}

TEST(ResponseFields, OkWinsOverTheHttpStatusButNotOverTheContentType) {
  EXPECT_EQ(status_of_only({{":status", "504"}, {"content-type", "application/grpc"}, {"grpc-status", "0"}}), Status());
  const auto status = status_of_only({{":status", "200"}, {"content-type", "text/html"}, {"grpc-status", "0"}});
  EXPECT_EQ(status.code(), StatusCode::kUnknown);
  EXPECT_EQ(check_of_head({{":status", "200"}, {"grpc-status", "0"}}).code(), StatusCode::kUnknown);
}

TEST(ResponseFields, WithAGrpcContentTypeTheTrailersAreAwaited) {
  Response response;
  response.head({{":status", "503"}, {"content-type", "application/grpc+proto"}});
  EXPECT_EQ(response.fields.check(), Status());
  EXPECT_EQ(response.code(), StatusCode::kUnavailable) << "when none come";
  response.last({{"grpc-status", "9"}, {"grpc-message", "m"}});
  EXPECT_EQ(response.status(), failed_precondition("m"));
}

TEST(ResponseFields, TakeEveryGrpcContentType) {
  for (const char* type :
       {"application/grpc", "application/grpc+proto", "application/grpc+json", "application/grpc;x=y"}) {
    EXPECT_EQ(check_of_head({{":status", "200"}, {"content-type", type}}), Status()) << type;
  }
}

TEST(ResponseFields, OtherContentTypesAreUnknownAndNamed) {
  for (const char* type : {"application/json", "application/grpc-web", "application/grpcx", "text/html"}) {
    const auto status = check_of_head({{":status", "200"}, {"content-type", type}});
    EXPECT_EQ(status.code(), StatusCode::kUnknown) << type;
    EXPECT_THAT(status.message(), AllOf(HasSubstr("HTTP status 200"), HasSubstr("'" + std::string(type) + "'")));
  }
  EXPECT_THAT(check_of_head({{":status", "200"}, {"content-type", std::string(5000, '\x01')}}).message(),
              HasSubstr("'" + std::string(64, '?') + "...'"));
}

TEST(ResponseFields, OneWrongContentTypeOfTwoIsWrong) {
  EXPECT_FALSE(check_of_head(kGoodHead + Block{{"content-type", "text/html"}}).ok());
  EXPECT_FALSE(check_of_head(Block{{"content-type", "text/html"}} + kGoodHead).ok());
}

TEST(ResponseFields, TrailersWithoutAGrpcStatusAreUnknown) {
  for (const auto& status :
       {status_of_trailers({{"x", "y"}}), status_of_trailers({{"grpc-message", "m"}}), status_of_only(kGoodHead)}) {
    EXPECT_EQ(status.code(), StatusCode::kUnknown);
    EXPECT_THAT(status.message(), HasSubstr("without a grpc-status"));
  }
}

TEST(ResponseFields, AResponseWithoutTrailersIsInternal) {
  Response response;
  response.head(kGoodHead);
  EXPECT_EQ(response.code(), StatusCode::kInternal);
  EXPECT_THAT(response.message(), HasSubstr("without trailers"));
}

TEST(ResponseFields, AGrpcStatusInTheHeadDoesNotCount) {
  Response response;
  response.head(kGoodHead + Block{{"grpc-status", "5"}, {"grpc-message", "m"}, {"grpc-status-details-bin", "Zg"}});
  EXPECT_EQ(response.fields.check(), Status());
  EXPECT_EQ(response.code(), StatusCode::kInternal);
  response.last({{"grpc-status", "9"}});
  EXPECT_EQ(response.status(), failed_precondition(""));
}

TEST(ResponseFields, TrailersDoNotChangeWhatTheHeadSaid) {
  Response response;
  response.head(kGoodHead + Block{{"grpc-encoding", "gzip"}});
  response.last({{"content-type", "text/html"}, {"grpc-encoding", "snappy"}, {"grpc-status", "0"}});
  EXPECT_EQ(response.status(), Status());
  EXPECT_EQ(response.fields.encoding(), Encoding::kGzip);
  EXPECT_THAT(response.trailing, IsEmpty());
}

TEST(ResponseFields, InformationalBlocksAreForgotten) {
  Response response;
  response.head({{":status", "100"}});
  response.head({{":status", "103"},
                 {"link", "x"},
                 {"content-type", "text/html"},
                 {"grpc-status", "5"},
                 {"grpc-encoding", "snappy"},
                 {"a-bin", "*"},
                 {"grpc-accept-encoding", "gzip"}});
  EXPECT_FALSE(response.fields.has_head());
  response.head(kGoodHead + Block{{"x", "y"}});
  EXPECT_TRUE(response.fields.has_head());
  EXPECT_EQ(response.fields.check(), Status());
  EXPECT_FALSE(response.fields.peer_accepts(Encoding::kGzip));
  response.last({{"grpc-status", "0"}});
  EXPECT_EQ(response.status(), Status());
  EXPECT_THAT(response.initial, ElementsAre(Pair{"x", "y"}));
}

TEST(ResponseFields, AnInformationalBlockBeforeTrailersOnly) {
  Response response;
  response.head({{":status", "103"}, {"link", "x"}});
  response.last(kGoodHead + Block{{"grpc-status", "5"}, {"x", "y"}});
  EXPECT_TRUE(response.fields.is_trailers_only());
  EXPECT_EQ(response.status(), not_found(""));
  EXPECT_THAT(response.trailing, ElementsAre(Pair{"x", "y"}));
}

TEST(ResponseFields, AnInformationalBlockIsNoResponse) {
  Response early;
  early.head({{":status", "103"}, {"grpc-status", "5"}}).last(kGoodHead);
  EXPECT_EQ(early.code(), StatusCode::kUnknown) << "its grpc-status is forgotten too";
  EXPECT_EQ(status_of_only({{":status", "100"}, {"content-type", "application/grpc"}}).code(), StatusCode::kUnknown);
  Response response;
  response.head({{":status", "100"}});
  EXPECT_THAT(response.message(), HasSubstr("without a response"));
}

TEST(ResponseFields, AWrongHttpStatusIsUnknown) {
  for (const char* http : {"", "x", "2000000000000", "-1", "20", "0"}) {
    const auto status = status_of_only({{":status", http}, {"content-type", "text/html"}});
    EXPECT_EQ(status.code(), StatusCode::kUnknown) << http;
  }
}

TEST(ResponseFields, UnknownPseudoFieldsAndEmptyNamesAreNoMetadata) {
  Response response;
  response.head(kGoodHead + Block{{":protocol", "x"}, {"", "x"}});
  EXPECT_THAT(response.initial, IsEmpty());
}

TEST(ResponseFields, NamesAsLongAsKnownOnesAreMetadata) {
  Response response;
  const std::vector<std::string> names = {
      "xstatus",       "grpc-statu_",    "grpc-messag_",         "content-typ_",
      "grpc-encodin_", "content-lengt_", "grpc-accept-encodin_", "grpc-status-detail-text"};
  Block block = kGoodHead;
  for (const auto& name : names) block.emplace_back(name, "1");
  response.head(block);
  EXPECT_EQ(response.initial.size(), names.size());
  for (const auto& name : names) EXPECT_TRUE(response.initial.contains(name)) << name;
}

TEST(ResponseFields, ResetForgetsEverything) {
  Response response;
  response.head(kGoodHead +
                Block{{"grpc-encoding", "gzip"}, {"grpc-accept-encoding", "gzip"}, {"x", "y"}, {"a-bin", "*"}});
  response.last({{"grpc-status", "5"}, {"grpc-message", "m"}, {"grpc-status-details-bin", "Zg"}, {"x", "y"}});
  response.fields.reset();
  EXPECT_FALSE(response.fields.has_head());
  EXPECT_EQ(response.status(), Response().status());
  EXPECT_EQ(response.fields.encoding(), Encoding::kIdentity);
  EXPECT_FALSE(response.fields.peer_accepts(Encoding::kGzip));
  EXPECT_THAT(response.initial, IsEmpty());
  EXPECT_THAT(response.trailing, IsEmpty());
  response.head(kGoodHead).last({{"grpc-status", "9"}});
  EXPECT_EQ(response.fields.check(), Status());
  EXPECT_EQ(response.status(), failed_precondition(""));
}

TEST(ResponseFields, ReadWhatAServerOfOursSends) {
  const auto sent = aborted("100% caf\xc3\xa9").with_details("foob");
  const Metadata initial{{"x", "y"}, {"a-bin", "f"}}, trailing{{"z-bin", std::string_view("\0\xff", 2)}};
  Response response;
  FieldTexts texts;
  base::FieldList fields;
  append_response_head(Encoding::kGzip, initial, fields, texts);
  for (const auto& field : fields) response.fields.on_field(field.name, field.value);
  response.fields.on_fields_end(false);
  fields.clear();
  append_trailers(sent, trailing, fields, texts);
  for (const auto& field : fields) response.fields.on_field(field.name, field.value);
  response.fields.on_fields_end(true);
  EXPECT_EQ(response.fields.encoding(), Encoding::kGzip);
  EXPECT_TRUE(response.fields.peer_accepts(Encoding::kGzip));
  EXPECT_EQ(response.status(), sent);
  EXPECT_THAT(response.initial, ElementsAre(Pair{"x", "y"}, Pair{"a-bin", "f"}));
  EXPECT_THAT(response.trailing, ElementsAre(Pair{"z-bin", {"\0\xff", 2}}));
}

}  // namespace
}  // namespace plinth::wire

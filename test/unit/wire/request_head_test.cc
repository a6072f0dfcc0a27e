#include "wire/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace plinth::wire {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Pair = Metadata::Pair;
using Fields = std::vector<std::pair<std::string, std::string>>;

Fields good_fields() {
  return {{":method", "POST"},
          {":scheme", "http"},
          {":path", "/myservice.MyService/GetResource"},
          {":authority", "localhost:50051"},
          {"te", "trailers"},
          {"content-type", "application/grpc"}};
}

RequestHead read(const Fields& fields) {
  RequestHead head;
  for (const auto& [name, value] : fields) head.on_field(name, value);
  return head;
}

/// A good request with one more field.
RequestHead with(std::string name, std::string value) {
  auto fields = good_fields();
  fields.emplace_back(std::move(name), std::move(value));
  return read(fields);
}

/// A good request with one field replaced, or removed when `value` is null.
RequestHead but(std::string_view name, const char* value) {
  auto fields = good_fields();
  std::erase_if(fields, [&](auto& field) { return field.first == name; });
  if (value) fields.emplace_back(name, value);
  return read(fields);
}

int http_status(const RequestHead& head) {
  const auto problem = head.check();
  return problem ? problem->http_status : 0;
}

StatusCode code(const RequestHead& head) {
  const auto problem = head.check();
  return problem ? problem->status.code() : StatusCode::kOk;
}

std::string message(const RequestHead& head) {
  const auto problem = head.check();
  return problem ? problem->status.message() : std::string();
}

TEST(RequestHead, ReadsAGoodRequest) {
  const auto head = read(good_fields());
  EXPECT_FALSE(head.check().has_value()) << message(head);
  EXPECT_EQ(head.path(), "/myservice.MyService/GetResource");
  EXPECT_EQ(head.authority(), "localhost:50051");
  EXPECT_EQ(head.timeout(), std::nullopt);
  EXPECT_EQ(head.encoding(), Encoding::kIdentity);
  EXPECT_TRUE(head.peer_accepts(Encoding::kIdentity));
  EXPECT_FALSE(head.peer_accepts(Encoding::kGzip));
  EXPECT_TRUE(head.metadata().empty()) << "what belongs to gRPC itself is no metadata";
}

TEST(RequestHead, ReadsWhatGrpcClientsSend) {
  auto fields = good_fields();
  fields.emplace_back("user-agent", "grpc-go/1.60");
  fields.emplace_back("grpc-timeout", "1500m");
  fields.emplace_back("grpc-encoding", "gzip");
  fields.emplace_back("grpc-accept-encoding", "identity, deflate, gzip");
  const auto head = read(fields);
  EXPECT_FALSE(head.check().has_value()) << message(head);
  EXPECT_EQ(head.timeout(), 1500ms);
  EXPECT_EQ(head.encoding(), Encoding::kGzip);
  EXPECT_TRUE(head.peer_accepts(Encoding::kGzip));
  EXPECT_THAT(head.metadata(), ElementsAre(Pair{"user-agent", "grpc-go/1.60"}));
}

TEST(RequestHead, NothingReadIsNoRequest) { EXPECT_EQ(http_status(RequestHead()), 405); }

TEST(RequestHead, OtherMethodsAreAnsweredInHttp) {
  for (const char* method : {"GET", "PUT", "CONNECT", "post", ""}) {
    EXPECT_EQ(http_status(but(":method", method)), 405) << method;
  }
}

TEST(RequestHead, TakesEveryGrpcContentType) {
  for (const char* type :
       {"application/grpc", "application/grpc+proto", "application/grpc+json", "application/grpc;x=y"}) {
    EXPECT_FALSE(but("content-type", type).check().has_value()) << type;
  }
}

TEST(RequestHead, OtherContentTypesAreAnsweredInHttp) {
  for (const char* type : {"application/json", "application/grpc-web", "application/grpcx", "application/grp",
                           "text/html", "", "x application/grpc"}) {
    EXPECT_EQ(http_status(but("content-type", type)), 415) << type;
  }
  EXPECT_EQ(http_status(but("content-type", nullptr)), 415);
}

TEST(RequestHead, OneWrongContentTypeOfTwoIsWrong) {
  EXPECT_EQ(http_status(with("content-type", "text/html")), 415);
  auto fields = good_fields();
  fields.insert(fields.begin() + 4, {"content-type", "text/html"});
  EXPECT_EQ(http_status(read(fields)), 415);
}

TEST(RequestHead, WhatIsNotGrpcIsNotAnsweredAsGrpc) {
  auto fields = Fields{{":method", "POST"}, {":path", "/"}, {"grpc-timeout", "x"}, {"content-type", "text/html"}};
  EXPECT_EQ(http_status(read(fields)), 415);
}

TEST(RequestHead, APathNamesServiceAndMethod) {
  for (const char* path : {"", "/", "//", "/service", "/service/", "//method", "service/method", "*"}) {
    const auto head = but(":path", path);
    EXPECT_EQ(code(head), StatusCode::kUnimplemented) << "'" << path << "'";
    EXPECT_EQ(http_status(head), 200);
  }
  EXPECT_EQ(code(but(":path", nullptr)), StatusCode::kUnimplemented);
  EXPECT_FALSE(but(":path", "/a/b").check().has_value());
}

TEST(RequestHead, TeMustBeTrailers) {
  EXPECT_EQ(code(but("te", nullptr)), StatusCode::kInternal);
  EXPECT_THAT(message(but("te", nullptr)), HasSubstr("te: trailers is missing"));
  for (const char* te : {"", "gzip", "trailers, gzip", "trailer"}) {
    EXPECT_EQ(code(but("te", te)), StatusCode::kInternal) << te;
  }
  EXPECT_EQ(code(with("te", "gzip")), StatusCode::kInternal);
  EXPECT_FALSE(with("te", "trailers").check().has_value());
}

TEST(RequestHead, AMalformedTimeoutIsNamed) {
  for (const char* timeout : {"", "5", "5s", "123456789S", "-1S"}) {
    const auto head = with("grpc-timeout", timeout);
    EXPECT_EQ(code(head), StatusCode::kInternal) << timeout;
    EXPECT_EQ(http_status(head), 200);
    EXPECT_THAT(message(head), AllOf(HasSubstr("grpc-timeout"), HasSubstr(std::string("'") + timeout + "'")));
  }
}

TEST(RequestHead, AZeroTimeoutIsATimeout) { EXPECT_EQ(with("grpc-timeout", "0m").timeout(), 0s); }

TEST(RequestHead, TwoTimeoutsMustAgree) {
  auto fields = good_fields();
  fields.emplace_back("grpc-timeout", "1S");
  fields.emplace_back("grpc-timeout", "1000m");
  EXPECT_FALSE(read(fields).check().has_value());
  fields.emplace_back("grpc-timeout", "2S");
  EXPECT_EQ(code(read(fields)), StatusCode::kInternal);
  EXPECT_THAT(message(read(fields)), HasSubstr("two different values"));
}

TEST(RequestHead, AnUnknownEncodingIsUnimplemented) {
  const auto head = with("grpc-encoding", "snappy");
  EXPECT_EQ(code(head), StatusCode::kUnimplemented);
  EXPECT_EQ(http_status(head), 200);
  EXPECT_THAT(message(head), AllOf(HasSubstr("snappy"), HasSubstr("identity,gzip")));
}

TEST(RequestHead, TwoEncodingsMustAgree) {
  auto fields = good_fields();
  fields.emplace_back("grpc-encoding", "identity");
  fields.emplace_back("grpc-encoding", "identity");
  EXPECT_FALSE(read(fields).check().has_value());
  fields.emplace_back("grpc-encoding", "gzip");
  EXPECT_EQ(code(read(fields)), StatusCode::kInternal);
}

TEST(RequestHead, AcceptedEncodingsAddUp) {
  auto fields = good_fields();
  fields.emplace_back("grpc-accept-encoding", "gzip");
  fields.emplace_back("grpc-accept-encoding", "identity");
  EXPECT_TRUE(read(fields).peer_accepts(Encoding::kGzip));
}

TEST(RequestHead, TheFirstProblemIsKept) {
  auto fields = good_fields();
  fields.emplace_back("grpc-timeout", "soon");
  fields.emplace_back("grpc-encoding", "snappy");
  EXPECT_THAT(message(read(fields)), HasSubstr("grpc-timeout"));
}

TEST(RequestHead, ALongWrongValueIsCut) {
  const auto head = with("grpc-timeout", std::string(5000, 'x'));
  EXPECT_THAT(message(head), HasSubstr(std::string(64, 'x') + "...'"));
  EXPECT_LT(message(head).size(), 200u);
}

TEST(RequestHead, AWrongValueIsShownPrintable) {
  EXPECT_THAT(message(with("grpc-timeout", "\xff\x01S")), HasSubstr("'??S'"));
}

TEST(RequestHead, OtherFieldsAreMetadata) {
  auto fields = good_fields();
  fields.emplace_back("x-request-id", "7");
  fields.emplace_back("authorization", "Bearer abc");
  fields.emplace_back("x-request-id", "8");
  fields.emplace_back("grpc-previous-rpc-attempts", "2");
  const auto head = read(fields);
  EXPECT_THAT(head.metadata(), ElementsAre(Pair{"x-request-id", "7"}, Pair{"authorization", "Bearer abc"},
                                           Pair{"x-request-id", "8"}, Pair{"grpc-previous-rpc-attempts", "2"}));
}

TEST(RequestHead, ValuesThatAreNotAsciiAreKeptAsTheyAre) {
  const auto head = with("name", "caf\xc3\xa9");
  EXPECT_FALSE(head.check().has_value());
  EXPECT_EQ(head.metadata().get("name"), "caf\xc3\xa9");
}

TEST(RequestHead, BinaryValuesAreDecoded) {
  const auto head = with("data-bin", "AAH/");
  EXPECT_EQ(head.metadata().get("data-bin"), std::string_view("\0\1\xff", 3));
  EXPECT_EQ(with("grpc-trace-bin", "Zg==").metadata().get("grpc-trace-bin"), "f");
  EXPECT_EQ(with("data-bin", "").metadata().get("data-bin"), "");
}

TEST(RequestHead, JoinedBinaryValuesAreSplit) {
  const auto head = with("data-bin", "Zg==, Zm8,Zm9v");
  EXPECT_THAT(head.metadata(), ElementsAre(Pair{"data-bin", "f"}, Pair{"data-bin", "fo"}, Pair{"data-bin", "foo"}));
}

TEST(RequestHead, AMalformedBinaryValueIsNamed) {
  for (const char* value : {"A", "Zg==,*", "Zm9v Zm9v"}) {
    const auto head = with("data-bin", value);
    EXPECT_EQ(code(head), StatusCode::kInternal) << value;
    EXPECT_THAT(message(head), AllOf(HasSubstr("data-bin"), HasSubstr(value)));
  }
}

TEST(RequestHead, FieldsOfHttpAndOfResponsesAreNoMetadata) {
  auto fields = good_fields();
  for (const char* name : {"content-length", "host", "grpc-status", "grpc-message", "grpc-status-details-bin"}) {
    fields.emplace_back(name, "0");
  }
  const auto head = read(fields);
  EXPECT_FALSE(head.check().has_value()) << message(head);
  EXPECT_TRUE(head.metadata().empty());
}

TEST(RequestHead, UnknownPseudoFieldsAndEmptyNamesAreNoMetadata) {
  EXPECT_TRUE(with(":protocol", "x").metadata().empty());
  EXPECT_TRUE(with("", "x").metadata().empty());
}

TEST(RequestHead, NamesAsLongAsKnownOnesAreMetadata) {
  auto fields = good_fields();
  const std::vector<std::string> names = {
      "xe",           "hos_",          "xpath",          "xmethod",      "xauthority",
      "content-typ_", "grpc-encodin_", "content-lengt_", "grpc-timeou_", "grpc-accept-encodin_"};
  for (const auto& name : names) fields.emplace_back(name, "1");
  const auto head = read(fields);
  EXPECT_EQ(head.metadata().size(), names.size());
  for (const auto& name : names) EXPECT_TRUE(head.metadata().contains(name)) << name;
}

TEST(RequestHead, HostStandsInForAMissingAuthority) {
  auto fields = good_fields();
  std::erase_if(fields, [](auto& field) { return field.first == ":authority"; });
  fields.emplace_back("host", "example.org");
  EXPECT_EQ(read(fields).authority(), "example.org");
  EXPECT_EQ(with("host", "example.org").authority(), "localhost:50051");
}

TEST(RequestHead, ResetForgetsEverything) {
  auto fields = good_fields();
  fields.emplace_back("grpc-timeout", "1S");
  fields.emplace_back("grpc-encoding", "gzip");
  fields.emplace_back("grpc-accept-encoding", "gzip");
  fields.emplace_back("x", "y");
  fields.emplace_back("data-bin", "A");
  auto head = read(fields);
  head.reset();
  EXPECT_EQ(http_status(head), 405);
  EXPECT_EQ(head.path(), "");
  EXPECT_EQ(head.authority(), "");
  EXPECT_TRUE(head.metadata().empty());
  EXPECT_EQ(head.timeout(), std::nullopt);
  EXPECT_EQ(head.encoding(), Encoding::kIdentity);
  EXPECT_FALSE(head.peer_accepts(Encoding::kGzip));
  for (const auto& [name, value] : good_fields()) head.on_field(name, value);
  EXPECT_FALSE(head.check().has_value()) << message(head);
}

}  // namespace
}  // namespace plinth::wire

#include "wire/request_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/request_head.h"

namespace plinth::wire {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using Pair = Metadata::Pair;

const RequestOptions kPlain{.path = "/myservice.MyService/GetResource", .authority = "localhost:50051"};

/// The fields as lines, in the order of the wire; '!' marks one that is copied by nobody.
std::vector<std::string> request(const RequestOptions& options, const Metadata& metadata = {}) {
  base::FieldList fields;
  FieldTexts texts;
  append_request_head(options, metadata, fields, texts);
  std::vector<std::string> lines;
  for (const auto& field : fields) {
    lines.push_back((field.lasting ? "!" : "") + std::string(field.name) + ": " + std::string(field.value));
  }
  return lines;
}

std::vector<std::string> last_of(const std::vector<std::string>& lines, std::ptrdiff_t count) {
  return {lines.end() - count, lines.end()};
}

TEST(RequestFields, OfAPlainCall) {
  EXPECT_THAT(request(kPlain),
              ElementsAre("!:method: POST", "!:scheme: http", ":path: /myservice.MyService/GetResource",
                          ":authority: localhost:50051", "!te: trailers", "!content-type: application/grpc",
                          "!user-agent: plinth-c++/0.1.0", "!grpc-accept-encoding: identity,gzip"));
}

TEST(RequestFields, OfACallWithEverything) {
  auto options = kPlain;
  options.secure = true;
  options.timeout = 1500ms;
  options.encoding = Encoding::kGzip;
  options.previous_attempts = 12;
  EXPECT_THAT(
      request(options, {{"b", "1"}, {"a", "2"}, {"b", "3"}}),
      ElementsAre("!:method: POST", "!:scheme: https", ":path: /myservice.MyService/GetResource",
                  ":authority: localhost:50051", "grpc-timeout: 1500m", "!te: trailers",
                  "!content-type: application/grpc", "!user-agent: plinth-c++/0.1.0", "!grpc-encoding: gzip",
                  "!grpc-accept-encoding: identity,gzip", "grpc-previous-rpc-attempts: 12", "b: 1", "a: 2", "b: 3"));
}

TEST(RequestFields, ATimeoutThatHasPassedIsSent) {
  auto options = kPlain;
  options.timeout = -1s;
  EXPECT_THAT(request(options), Contains("grpc-timeout: 0n"));
}

TEST(RequestFields, BinaryMetadataIsBase64) {
  const auto lines = request(kPlain, {{"data-bin", std::string_view("\0\1\xff", 3)}, {"k", "  a b "}, {"f-bin", "f"}});
  EXPECT_THAT(last_of(lines, 3), ElementsAre("data-bin: AAH/", "k: a b", "f-bin: Zg"));
}

TEST(RequestFields, TheCallersUserAgentGoesBeforeOurs) {
  const auto lines = request(kPlain, {{"k", "v"}, {"user-agent", "orders/2.1 (linux)"}});
  EXPECT_THAT(lines, Contains("user-agent: orders/2.1 (linux) plinth-c++/0.1.0"));
  EXPECT_THAT(last_of(lines, 2), ElementsAre("!grpc-accept-encoding: identity,gzip", "k: v")) << "and is sent once";
}

TEST(RequestFields, AnEmptyUserAgentLeavesOurs) { EXPECT_EQ(request(kPlain, {{"user-agent", " "}}), request(kPlain)); }

TEST(RequestFields, MetadataDoesNotRepeatTheHead) {
  Metadata metadata;
  for (const char* name :
       {"te", "content-type", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding", "grpc-previous-rpc-attempts"}) {
    metadata.add_unchecked(name, "1");
  }
  EXPECT_EQ(request(kPlain, metadata), request(kPlain));
  metadata.add_unchecked("grpc-trace-bin", "f");
  EXPECT_THAT(request(kPlain, metadata).back(), "grpc-trace-bin: Zg") << "others of gRPC are passed on";
}

TEST(RequestFields, AppendToWhatIsThere) {
  base::FieldList fields{{"first", "field"}};
  FieldTexts texts;
  append_request_head(kPlain, {}, fields, texts);
  EXPECT_EQ(fields.size(), 9u);
  EXPECT_EQ(fields[0].name, "first");
}

TEST(RequestFields, ManyEncodedTextsStayValid) {
  Metadata metadata;
  for (int i = 0; i < 50; ++i) metadata.add("k-bin", "v" + std::to_string(i));
  const auto lines = request(kPlain, metadata);
  EXPECT_EQ(lines[8], "k-bin: djA");
  EXPECT_EQ(lines.back(), "k-bin: djQ5");
}

/// What a server of ours makes of it.
RequestHead received(const RequestOptions& options, const Metadata& metadata) {
  base::FieldList fields;
  FieldTexts texts;
  append_request_head(options, metadata, fields, texts);
  RequestHead head;
  for (const auto& field : fields) head.on_field(field.name, field.value);
  return head;
}

TEST(RequestFields, AreReadBackByAServer) {
  auto options = kPlain;
  options.timeout = 29'999'124us;
  options.encoding = Encoding::kGzip;
  options.previous_attempts = 2;
  const auto head = received(options, {{"data-bin", "foo"}, {"x", "y"}});
  EXPECT_FALSE(head.check().has_value()) << head.check()->status.to_string();
  EXPECT_EQ(head.path(), options.path);
  EXPECT_EQ(head.authority(), options.authority);
  EXPECT_EQ(head.timeout(), options.timeout);
  EXPECT_EQ(head.encoding(), Encoding::kGzip);
  EXPECT_TRUE(head.peer_accepts(Encoding::kGzip));
  EXPECT_THAT(head.metadata(), ElementsAre(Pair{"user-agent", kUserAgent}, Pair{"grpc-previous-rpc-attempts", "2"},
                                           Pair{"data-bin", "foo"}, Pair{"x", "y"}));
}

TEST(RequestFields, ReceivedMetadataMayBeSentOn) {
  auto options = kPlain;
  options.previous_attempts = 2;
  const auto head = received(options, {{"x", "y"}});
  options.previous_attempts = 1;
  const auto next = received(options, head.metadata());
  EXPECT_FALSE(next.check().has_value());
  EXPECT_THAT(next.metadata(), ElementsAre(Pair{"user-agent", "plinth-c++/0.1.0 plinth-c++/0.1.0"},
                                           Pair{"grpc-previous-rpc-attempts", "1"}, Pair{"x", "y"}));
}

}  // namespace
}  // namespace plinth::wire

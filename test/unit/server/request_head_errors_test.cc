// Requests whose head is wrong: each is answered in gRPC's way, and nobody else notices.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_client.h"

namespace plinth::server {
namespace {

using test::Answer;
using test::Fields;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;

struct Case {
  const char* name;
  Fields fields;
  std::string http_status;
  std::string status;
};
void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

/// A good head with this field changed, or added, or without it when it has no value.
Fields with(std::string_view name, std::string_view value) {
  auto fields = test::grpc_fields(kUnary);
  const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
  if (found == fields.end()) {
    fields.emplace_back(name, value);
  } else if (value.empty()) {
    fields.erase(found);
  } else {
    found->second = value;
  }
  return fields;
}

class RequestHeadError : public testing::TestWithParam<Case> {
 protected:
  RequestHeadError() {
    server_.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> { co_return request; };
  }
  TestServer server_;
  TestClient client_{server_};
};

TEST_P(RequestHeadError, IsAnsweredAtOnce) {
  const auto id = client_.open_with(GetParam().fields);
  const auto answer = client_.answer(id);
  EXPECT_TRUE(answer.is_trailers_only());
  EXPECT_EQ(Answer::field(answer.trailers, ":status"), GetParam().http_status);
  EXPECT_THAT(answer.status(), testing::StartsWith(GetParam().status));
  EXPECT_EQ(answer.reset, "NO_ERROR") << "the client need not send the rest";
  client_.message(id, "the rest", test::kEndStream);
  EXPECT_EQ(client_.call(kUnary, "x").status(), "OK") << "other streams are unharmed";
  EXPECT_EQ(client_.wire().connection().calls(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    , RequestHeadError,
    testing::Values(
        Case{"Get", with(":method", "GET"), "405", "INTERNAL"},
        Case{"OtherContentType", with("content-type", "application/json"), "415", "INVALID_ARGUMENT"},
        Case{"ContentTypeOfGrpcWeb", with("content-type", "application/grpc-web"), "415", "INVALID_ARGUMENT"},
        Case{"NoContentType", with("content-type", ""), "415", "INVALID_ARGUMENT"},
        Case{"NoTe", with("te", ""), "200", "INTERNAL: te: trailers is missing"},
        Case{"BadTimeout", with("grpc-timeout", "5x"), "200", "INTERNAL: grpc-timeout '5x'"},
        Case{"BadBase64", with("key-bin", "%%%"), "200", "INTERNAL: key-bin"},
        Case{"UnknownEncoding", with("grpc-encoding", "snappy"), "200", "UNIMPLEMENTED: grpc-encoding 'snappy'"},
        Case{"PathWithoutAMethod", with(":path", "/nothing"), "200", "UNIMPLEMENTED: path '/nothing'"},
        Case{"PathOfRoot", with(":path", "/"), "200", "UNIMPLEMENTED: path '/'"},
        Case{"UnknownMethod", with(":path", "/test.Text/Other"), "200",
             "UNIMPLEMENTED: there is no method /test.Text/Other here"},
        Case{"UnknownService", with(":path", "/other.Text/Unary"), "200",
             "UNIMPLEMENTED: there is no method /other.Text/Unary here"},
        Case{"TooLarge", with("large", std::string(17'000, 'x')), "200",
             "RESOURCE_EXHAUSTED: the request's header fields have 17"}),
    [](const testing::TestParamInfo<Case>& info) { return info.param.name; });

TEST_F(RequestHeadError, OfTheEncodingNamesThoseThereAre) {
  const auto id = client_.open(kUnary, {{"grpc-encoding", "snappy"}}, test::kEndStream);
  EXPECT_EQ(Answer::field(client_.answer(id).trailers, "grpc-accept-encoding"), "identity,gzip");
}

TEST_F(RequestHeadError, OfSizeCountsEveryField) {
  Fields many;
  for (int i = 0; i < 500; ++i) many.emplace_back("k", "v");
  EXPECT_THAT(client_.answer(client_.open(kUnary, many)).status(), testing::StartsWith("RESOURCE_EXHAUSTED"));
  many.resize(300);
  EXPECT_EQ(client_.call(kUnary, "x", many).status(), "OK");
}

TEST_F(RequestHeadError, OfSizeIsNotReachedThroughCompression) {
  // One entry of 3,000 bytes in the table of HPACK, and references to it of one byte.
  const auto entry = std::string(1, '\x40') + test::hpack_text("x") + test::hpack_text(std::string(3000, 'y'));
  const auto block = test::hpack(test::grpc_fields(kUnary)) + entry;
  const auto open = [&](std::uint32_t id, std::size_t times) {
    const auto whole = block + std::string(times, '\xbe');
    client_.send(test::frame(test::FrameType::kHeaders, test::kEndHeaders | test::kEndStream, id, whole));
    return client_.answer(id).status();
  };
  EXPECT_THAT(open(1, 10), testing::StartsWith("RESOURCE_EXHAUSTED"));
  EXPECT_EQ(open(3, 10'000), "reset INTERNAL_ERROR") << "far above the limit";
}

TEST_F(RequestHeadError, OfHttpResetsTheStream) {
  const auto id = client_.open_with(with(":path", ""));
  EXPECT_EQ(client_.answer(id).reset, "PROTOCOL_ERROR");
  EXPECT_EQ(client_.wire().connection().calls(), 0u);
}

TEST_F(RequestHeadError, TrailersOfARequestMeanNothing) {
  const auto id = client_.open(kUnary);
  client_.message(id, "x");
  client_.send(test::headers(id, {{"grpc-timeout", "broken"}, {"key-bin", "%%%"}}, test::kEndStream));
  EXPECT_EQ(client_.answer(id).status(), "OK");
}

}  // namespace
}  // namespace plinth::server

// A server that answers one call wrongly: the call gets a status that says what was wrong and by whom, and nobody else
// notices.

#include <gmock/gmock.h>

#include "support/scripted_server.h"
#include "wire/compression.h"

namespace plinth::test {
namespace {

using ::testing::HasSubstr;
using enum StatusCode;

struct BadAnswer {
  const char* name;
  std::string (*bytes)(std::uint32_t stream);
  StatusCode code;
  const char* words;
};

std::ostream& operator<<(std::ostream& out, const BadAnswer& answer) { return out << answer.name; }

std::string http_answer(std::uint32_t stream, const std::string& status, const std::string& type) {
  Fields fields = {{":status", status}};
  if (!type.empty()) fields.emplace_back("content-type", type);
  return headers(stream, fields) + data(stream, "<html>Not here</html>", kEndStream);
}

std::string message_with(std::uint32_t stream, const std::string& frame, const Fields& head = {}) {
  return response_head(stream, head) + data(stream, frame) + response_trailers(stream);
}

std::string gzip_bomb() {
  const std::string zeros(5 * 1024 * 1024, '\0');
  return std::string(wire::compress(wire::Encoding::kGzip, base::as_bytes(zeros)).text());
}

const BadAnswer kBadAnswers[] = {
    {"TwoResponses",
     [](std::uint32_t id) {
       return response_head(id) + response_message(id, "a") + response_message(id, "b") + response_trailers(id);
     },
     kUnimplemented, "gives one response, and more came"},
    {"NoResponse", [](std::uint32_t id) { return response_head(id) + response_trailers(id); }, kUnimplemented,
     "without a response"},
    {"NoResponseInTrailersOnly", [](std::uint32_t id) { return trailers_only(id, kOk); }, kUnimplemented,
     "without a response"},
    {"MessageCutOff", [](std::uint32_t id) { return message_with(id, grpc_frame("abcdef").substr(0, 8)); }, kInternal,
     "in the middle of a message"},
    {"PrefixCutOff", [](std::uint32_t id) { return message_with(id, std::string(3, '\0')); }, kInternal,
     "in the middle of a message"},
    {"NoTrailers", [](std::uint32_t id) { return response_head(id) + data(id, grpc_frame("\x0a\x01x"), kEndStream); },
     kInternal, "without trailers"},
    {"NoTrailersInTheMiddleOfAMessage",
     [](std::uint32_t id) { return response_head(id) + data(id, grpc_frame("abcdef").substr(0, 8), kEndStream); },
     kInternal, "without trailers"},
    {"TrailersWithoutStatus",
     [](std::uint32_t id) {
       return response_head(id) + response_message(id, "a") + headers(id, {{"x-key", "value"}}, kEndStream);
     },
     kUnknown, "without a grpc-status"},
    {"StatusThatIsNoNumber",
     [](std::uint32_t id) { return response_head(id) + headers(id, {{"grpc-status", "fine"}}, kEndStream); }, kUnknown,
     "'fine'"},
    {"CompressedWithoutEncoding", [](std::uint32_t id) { return message_with(id, grpc_frame("\x0a\x01x", 1)); },
     kInternal, "grpc-encoding"},
    {"CompressedNonsense",
     [](std::uint32_t id) { return message_with(id, grpc_frame("nonsense", 1), {{"grpc-encoding", "gzip"}}); },
     kInternal, "gzip"},
    {"BombOfZeros",
     [](std::uint32_t id) { return message_with(id, grpc_frame(gzip_bomb(), 1), {{"grpc-encoding", "gzip"}}); },
     kResourceExhausted, "4194304"},
    {"UnknownFlag", [](std::uint32_t id) { return message_with(id, grpc_frame("\x0a\x01x", 7)); }, kInternal, "7"},
    {"UnknownEncoding",
     [](std::uint32_t id) { return message_with(id, grpc_frame("\x0a\x01x", 1), {{"grpc-encoding", "zstd"}}); },
     kInternal, "'zstd'"},
    {"TooLargeMessage", [](std::uint32_t id) { return message_with(id, std::string(1, '\0') + number(5 << 20, 4)); },
     kResourceExhausted, "5242880"},
    {"NoProtobuf", [](std::uint32_t id) { return message_with(id, grpc_frame("\x0a\x7f")); }, kInternal,
     "no valid google.protobuf.StringValue"},
    {"NoContentType", [](std::uint32_t id) { return http_answer(id, "200", ""); }, kUnknown, "no content-type"},
    {"Html", [](std::uint32_t id) { return http_answer(id, "200", "text/html"); }, kUnknown, "'text/html'"},
    {"Http400", [](std::uint32_t id) { return http_answer(id, "400", "text/html"); }, kInternal, "HTTP status 400"},
    {"Http401", [](std::uint32_t id) { return http_answer(id, "401", ""); }, kUnauthenticated, "HTTP status 401"},
    {"Http403", [](std::uint32_t id) { return http_answer(id, "403", ""); }, kPermissionDenied, "HTTP status 403"},
    {"Http404", [](std::uint32_t id) { return http_answer(id, "404", "text/html"); }, kUnimplemented,
     "HTTP status 404"},
    {"Http429", [](std::uint32_t id) { return http_answer(id, "429", ""); }, kUnavailable, "HTTP status 429"},
    {"Http502", [](std::uint32_t id) { return http_answer(id, "502", "text/html"); }, kUnavailable, "HTTP status 502"},
    {"Http503", [](std::uint32_t id) { return http_answer(id, "503", "text/html"); }, kUnavailable, "HTTP status 503"},
    {"Http504", [](std::uint32_t id) { return http_answer(id, "504", "text/html"); }, kUnavailable, "HTTP status 504"},
    {"Http503OfGrpc",
     [](std::uint32_t id) {
       return headers(id, {{":status", "503"}, {"content-type", "application/grpc"}}, kEndStream);
     },
     kUnavailable, "HTTP status 503"},
    {"BadBinaryMetadata", [](std::uint32_t id) { return response_head(id, {{"x-bin", "?"}}); }, kInternal, "x-bin"},
    {"LargeFields", [](std::uint32_t id) { return response_head(id, {{"x-key", std::string(17'000, 'x')}}); },
     kResourceExhausted, "header fields"},
    {"LargeTrailers",
     [](std::uint32_t id) {
       return response_head(id) + response_message(id, "a") +
              response_trailers(id, kOk, {{"x-key", std::string(17'000, 'x')}});
     },
     kResourceExhausted, "header fields"},
    {"LargeFieldsInParts",
     [](std::uint32_t id) {
       return response_head(id, {{"a", std::string(30'000, 'x')}, {"b", std::string(30'000, 'x')}});
     },
     kResourceExhausted, "header fields"},
    {"NoStatusField", [](std::uint32_t id) { return headers(id, {{"content-type", "application/grpc"}}); }, kInternal,
     "no valid HTTP/2"},
    {"UpperCaseField", [](std::uint32_t id) { return response_head(id, {{"X-Key", "a"}}); }, kInternal,
     "no valid HTTP/2"},
    {"WrongContentLength",
     [](std::uint32_t id) {
       return response_head(id, {{"content-length", "3"}}) + response_message(id, "a") + response_trailers(id);
     },
     kInternal, "no valid HTTP/2"},
};

class BadAnswerCase : public testing::TestWithParam<BadAnswer> {};

TEST_P(BadAnswerCase, IsAStatusThatNamesThePeerAndHarmsNobodyElse) {
  ScriptedChannel channel;
  auto bystander = channel.start(kBidirectional, CallKind::kBidirectional);
  channel.poll();
  channel.say(response_head(1));

  channel.scripted->answer = [](const ScriptedRequest& request) { return GetParam().bytes(request.stream); };
  const auto response = channel.unary_now("hello");
  ASSERT_FALSE(response) << "what the server sent is no response";
  EXPECT_EQ(response.error().code(), GetParam().code) << response.error().to_string();
  EXPECT_THAT(response.error().message(), HasSubstr("inproc:a"));
  EXPECT_THAT(response.error().message(), HasSubstr(GetParam().words));

  channel.say(response_message(1, "still here") + response_trailers(1));
  Text message;
  EXPECT_TRUE(bystander->take_message(message)) << "another call of the connection goes on";
  EXPECT_EQ(message.value(), "still here");
  EXPECT_TRUE(bystander->ended());
  EXPECT_EQ(bystander->status(), Status());

  channel.scripted->answer = answer_well;
  const auto next = channel.unary_now("again");
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_EQ(channel.scripted->connections(), 1u) << "the connection is still good";
}

INSTANTIATE_TEST_SUITE_P(Unary, BadAnswerCase, testing::ValuesIn(kBadAnswers),
                         [](const auto& info) { return std::string(info.param.name); });

/// The client resets what it will not read to its end.
TEST(BadAnswer, IsResetWhenItsRestIsNotWanted) {
  ScriptedChannel channel;
  channel.scripted->answer = [](const ScriptedRequest& request) { return http_answer(request.stream, "404", ""); };
  (void)channel.unary_now("hello");
  channel.scripted->answer = [](const ScriptedRequest& request) {
    return response_head(request.stream) + data(request.stream, std::string(1, '\0') + number(5 << 20, 4));
  };
  (void)channel.unary_now("hello");
  EXPECT_EQ(channel.scripted->requests.at(1).reset, "CANCEL");
}

TEST(BadAnswer, IsNoErrorBehindTheMessagesOfAStream) {
  ScriptedChannel channel;
  auto call = channel.start(kServerStreaming, CallKind::kServerStreaming);
  channel.server.turn([&] { call->put_last_message(text("go")); });
  channel.poll();
  channel.say(response_head(1) + response_message(1, "good") + data(1, grpc_frame("\x0a\x7f")) + response_trailers(1));
  Text message;
  ASSERT_TRUE(call->take_message(message));
  EXPECT_EQ(message.value(), "good");
  EXPECT_THROW(call->take_message(message), StatusError);
}

}  // namespace
}  // namespace plinth::test

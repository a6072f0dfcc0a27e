// Which messages of a call are compressed, as both sides see it.

#include <gtest/gtest.h>

#include "plinth/client_context.h"
#include "support/test_channel.h"

namespace plinth::test {
namespace {

using Talk = ClientStream<Text, Text>;

CallOptions compressing() {
  CallOptions options;
  options.compress = true;
  return options;
}

Task<std::string> exchange(Talk& talk, std::string value) {
  const auto request = text(std::move(value));
  co_await talk.write(request);
  const auto response = co_await talk.next();
  co_return response ? response->value() : "nothing";
}

/// Keeps what an interceptor of a client may ask.
class SeenCompression final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "SeenCompression"; }
  Task<Status> intercept(CallContext& call, Next next) override {
    auto rest = next();
    auto status = co_await std::move(rest);
    compressed = call.as_client()->received_compressed();
    co_return status;
  }

  bool compressed = false;
};

class CallCompression : public testing::Test {
 protected:
  Talk talk(CallOptions options) {
    return Talk(channel_.start(kBidirectional, CallKind::kBidirectional, std::move(options)));
  }
  std::string ask(Talk& talk, std::string value) {
    Started<std::string> asking(channel_.server.loop.worker(), exchange(talk, std::move(value)));
    channel_.poll();
    return asking.done() ? asking.take() : "not yet";
  }

  /// Answers how the request came, and compresses the answer when that is what the request says.
  void serve_answers() {
    channel_.server.servicer->bidirectional = [](ServerContext& context, Reader<Text>& requests,
                                                 Writer<Text>& responses) -> Task<Status> {
      while (auto request = co_await requests.next()) {
        const auto answer = text(context.received_compressed() ? "compressed" : "plain");
        context.set_compression(request->value() == "compress");
        co_await responses.write(answer);
      }
      co_return Status();
    };
  }

  TestChannel channel_;
};

TEST_F(CallCompression, IsSwitchedOffAndOnBetweenMessages) {
  serve_answers();
  auto call = talk(compressing());
  EXPECT_EQ(ask(call, "1"), "compressed");
  call.call().set_compression(false);
  EXPECT_EQ(ask(call, "2"), "plain");
  call.call().set_compression(true);
  EXPECT_EQ(ask(call, "3"), "compressed");
}

TEST_F(CallCompression, CannotBeSwitchedOnInACallThatHasNotSaidSo) {
  serve_answers();
  auto call = talk({});
  call.call().set_compression(true);
  EXPECT_EQ(ask(call, "1"), "plain");
}

TEST_F(CallCompression, IsKnownOfTheMessageThatWasTakenLast) {
  serve_answers();
  auto call = talk(compressing());
  EXPECT_EQ(ask(call, "compress"), "compressed");
  EXPECT_TRUE(call.call().received_compressed());
  EXPECT_EQ(ask(call, "do not"), "compressed");
  EXPECT_FALSE(call.call().received_compressed());
}

TEST_F(CallCompression, IsKnownToAnInterceptorOnceTheCallHasEnded) {
  channel_.server.servicer->unary = [](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    context.set_compression(request.value() == "compress");
    co_return text("answer");
  };
  const auto seen = std::make_shared<SeenCompression>();
  channel_.shared->interceptors.push_back(seen);
  ASSERT_TRUE(channel_.unary_now("compress").has_value());
  EXPECT_TRUE(seen->compressed);
  ASSERT_TRUE(channel_.unary_now("do not").has_value());
  EXPECT_FALSE(seen->compressed);
}

}  // namespace
}  // namespace plinth::test

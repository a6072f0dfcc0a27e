// How handlers end, and what the client hears of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "plinth/async.h"
#include "plinth/container.h"
#include "support/test_client.h"

namespace plinth::server {
namespace {

using test::Answer;
using test::kBidirectional;
using test::kClientStreaming;
using test::kServerStreaming;
using test::kUnary;
using test::TestClient;
using test::TestServer;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;

class HandlerEnd : public testing::Test {
 protected:
  /// A unary handler that does this first.
  void handle(void (*action)(ServerContext&)) {
    server_.servicer->unary = [action](ServerContext& context, const Text&) -> Task<Result<Text>> {
      action(context);
      co_return Text();
    };
  }
  Answer call() { return client_.call(kUnary, "x"); }

  TestServer server_;
  TestClient client_{server_};
};

TEST_F(HandlerEnd, ByAbort) {
  handle([](ServerContext& context) { context.abort(StatusCode::kNotFound, "no row 7"); });
  EXPECT_EQ(call().status(), "NOT_FOUND: no row 7");
  EXPECT_THAT(server_.log->take(), IsEmpty()) << "a status is no accident";
}

/// As a method that is written by hand may: it need not be a coroutine.
TEST_F(HandlerEnd, ByThrowingInsteadOfATask) {
  class Thrower final : public BaseServicer {
   public:
    std::string_view service_name() const noexcept override { return "test.Thrower"; }
    std::span<const MethodHandler> methods() const noexcept override {
      static constexpr MethodHandler kThrow = {{"/test.Thrower/Throw", CallKind::kUnary}, &run};
      return {&kThrow, 1};
    }
    static Task<Status> run(BaseServicer&, ServerContext&, MessageStream&) { throw 7; }
  };
  ASSERT_TRUE(server_.shared.methods.add(std::make_shared<Thrower>()).ok());
  EXPECT_EQ(client_.call("/test.Thrower/Throw", "x").status(), "INTERNAL: Internal server error");
  EXPECT_EQ(call().status(), "INTERNAL: Internal server error") << "the server lives, and this method has no handler";
}

TEST_F(HandlerEnd, ByAStatus) {
  server_.servicer->unary = [](ServerContext&, const Text&) -> Task<Result<Text>> { co_return aborted("try again"); };
  const auto answer = call();
  EXPECT_EQ(answer.status(), "ABORTED: try again");
  EXPECT_TRUE(answer.is_trailers_only());
}

TEST_F(HandlerEnd, ByAStatusWithDetails) {
  handle([](ServerContext& context) { context.abort(aborted("try again").with_details("\x08\x0a")); });
  EXPECT_EQ(Answer::field(call().trailers, "grpc-status-details-bin"), "CAo");
}

TEST_F(HandlerEnd, ByAnExceptionTellsTheClientNothing) {
  handle([](ServerContext&) { throw std::runtime_error("password is 1234"); });
  EXPECT_EQ(call().status(), "INTERNAL: Internal server error");
  EXPECT_THAT(server_.log->take(),
              ElementsAre("grpc_error method=/test.Text/Unary error_type=std::runtime_error status=INTERNAL "
                          "message=password is 1234"));
}

TEST_F(HandlerEnd, ByAnInt) {
  handle([](ServerContext&) { throw 42; });
  EXPECT_EQ(call().status(), "INTERNAL: Internal server error");
  EXPECT_THAT(server_.log->take(), ElementsAre("grpc_error method=/test.Text/Unary error_type=int status=INTERNAL "
                                               "message=not a std::exception"));
  handle([](ServerContext&) {});
  EXPECT_EQ(call().status(), "OK") << "the server lives";
}

TEST_F(HandlerEnd, ByATypeThatIsMissingInTheContainer) {
  handle([](ServerContext&) { Container().resolve<Answer>(); });
  EXPECT_EQ(call().status(), "INTERNAL: Internal server error");
  EXPECT_THAT(server_.log->take(), ElementsAre(testing::HasSubstr("Answer is not registered in the container")));
}

TEST_F(HandlerEnd, ByAMessageThatHttpCannotCarry) {
  handle([](ServerContext& context) { context.abort(StatusCode::kAborted, "50% of\nKöln "); });
  EXPECT_EQ(call().status(), "ABORTED: 50%25 of%0AK%C3%B6ln%20");
}

TEST_F(HandlerEnd, ByAMessageThatIsFarTooLarge) {
  handle([](ServerContext& context) { context.abort(StatusCode::kAborted, std::string(100'000, '\n')); });
  const auto answer = call();
  EXPECT_TRUE(answer.ended || !answer.reset.empty()) << "anything but silence: " << answer.status();
  EXPECT_EQ(client_.wire().connection().calls(), 0u);
}

TEST_F(HandlerEnd, OfAGeneratorByAStatus) {
  server_.servicer->server_streaming = [](ServerContext&, const Text&) -> Generator<Text> {
    co_yield test::text("one");
    co_yield unavailable("the database went away");
    ADD_FAILURE() << "it went on after its error";
  };
  const auto answer = client_.call(kServerStreaming, "x");
  EXPECT_THAT(answer.texts, ElementsAre("one"));
  EXPECT_EQ(answer.status(), "UNAVAILABLE: the database went away");
}

TEST_F(HandlerEnd, OfAGeneratorByAnException) {
  server_.servicer->server_streaming = [](ServerContext&, const Text&) -> Generator<Text> {
    co_yield test::text("one");
    throw std::runtime_error("secret");
  };
  const auto answer = client_.call(kServerStreaming, "x");
  EXPECT_THAT(answer.texts, ElementsAre("one"));
  EXPECT_EQ(answer.status(), "INTERNAL: Internal server error");
}

TEST_F(HandlerEnd, OfTheWriterFormByAnException) {
  server_.servicer->bidirectional = [](ServerContext&, Reader<Text>&, Writer<Text>& responses) -> Task<Status> {
    const auto one = test::text("one");
    co_await responses.write(one);
    throw StatusError(data_loss("half of it is gone"));
  };
  const auto id = client_.open(kBidirectional);
  EXPECT_THAT(client_.answer(id).texts, ElementsAre("one"));
  EXPECT_EQ(client_.answer(id).status(), "DATA_LOSS: half of it is gone");
  EXPECT_EQ(client_.answer(id).reset, "NO_ERROR");
}

TEST_F(HandlerEnd, BeforeItsFirstWait) {
  server_.servicer->client_streaming = [](ServerContext&, Reader<Text>&) -> Task<Result<Text>> {
    throw std::runtime_error("not even a coroutine");
  };
  const auto id = client_.open(kClientStreaming);
  EXPECT_EQ(client_.answer(id).status(), "INTERNAL: Internal server error");
}

TEST_F(HandlerEnd, AfterAWait) {
  server_.servicer->unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
    auto nap = sleep_for(std::chrono::seconds(3));
    co_await std::move(nap);
    co_return test::text(request.value() + " later");
  };
  const auto id = client_.open(kUnary);
  client_.message(id, "much", test::kEndStream);
  EXPECT_FALSE(client_.answer(id).ended);
  server_.advance(std::chrono::seconds(3));
  EXPECT_THAT(client_.answer(id).texts, ElementsAre("much later"));
}

TEST_F(HandlerEnd, OfAMethodThatTheServicerDoesNotHave) {
  server_.servicer->unary = [](ServerContext& context, const Text&) { return detail::refuse<Text>(context.method()); };
  EXPECT_EQ(call().status(), "UNIMPLEMENTED: the server does not implement /test.Text/Unary");
}

TEST_F(HandlerEnd, LetsGoWhatTheCallHeld) {
  auto held = std::make_shared<int>(1);
  server_.servicer->server_streaming = [&](ServerContext& context, const Text&) -> Generator<Text> {
    context.observe_messages([held](auto&&...) {});
    auto mine = held;
    co_yield test::text(std::string(100, 'x'));
  };
  TestClient slow(server_, 10);
  const auto id = slow.open(kServerStreaming);
  slow.message(id, "x", test::kEndStream);
  EXPECT_FALSE(slow.answer(id).ended) << "the client does not read it yet";
  EXPECT_EQ(held.use_count(), 1) << "the handler has ended all the same";
}

}  // namespace
}  // namespace plinth::server

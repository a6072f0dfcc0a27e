// What a blocking handler knows of its call, on its own thread.

#include <gmock/gmock.h>

#include <algorithm>

#include "plinth/async.h"
#include "server/offloaded_call.h"
#include "support/fake_call.h"
#include "support/string_servicer.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

struct UserName {
  std::string value;
};

class OffloadedContext : public ::testing::Test {
 protected:
  /// Runs a call with these requests; the user's name has been attached to it.
  Status run_offloaded(std::string_view method, std::vector<std::string> requests) {
    return sync_wait(runtime_.worker(0), serve_offloaded(method, std::move(requests)));
  }

  Task<Status> serve_offloaded(std::string_view method, std::vector<std::string> requests) {
    FakeCall call(*Worker::current(), servicer_, method);
    call.attach(UserName{"outside"});
    for (const auto& request : requests) call.request(text(request));
    call.half_close();
    const auto& handler =
        *std::ranges::find(servicer_.methods(), method, [](const auto& h) { return h.method.name(); });
    auto running = server::run_offloaded(handler, servicer_, call, call);
    auto status = co_await std::move(running);
    const CallContext& context = call;
    name_outside_ = context.find<UserName>()->value;
    co_return status;
  }

  /// Writes down what it sees.
  CallContext::MessageObserver observer() {
    return [this](CallContext::Direction direction, const google::protobuf::MessageLite& message) {
      const auto& value = dynamic_cast<const Text&>(message).value();
      seen_.push_back((direction == CallContext::Direction::kReceived ? "received " : "sent ") + value);
    };
  }

  StringServicer servicer_;
  std::vector<std::string> seen_;
  std::string name_outside_;
  Runtime runtime_{{.workers = 1, .slow_turn = 0ms}};
};

TEST_F(OffloadedContext, ShowsEachMessageToTheHandlersObservers) {
  servicer_.bidirectional = [&](ServerContext& context, Reader<Text>& requests,
                                Writer<Text>& responses) -> Task<Status> {
    context.observe_messages(observer());
    while (auto request = co_await requests.next()) {
      const auto response = text(request->value() + "!");
      co_await responses.write(response);
    }
    co_return Status();
  };
  EXPECT_EQ(run_offloaded("Bidirectional", {"a", "b"}), Status());
  EXPECT_THAT(seen_, ElementsAre("received a", "sent a!", "received b", "sent b!"));
}

TEST_F(OffloadedContext, ShowsTheOnlyResponseToTheHandlersObservers) {
  servicer_.unary = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    context.observe_messages(observer());
    co_return request;
  };
  EXPECT_EQ(run_offloaded("Unary", {"a"}), Status());
  EXPECT_THAT(seen_, ElementsAre("sent a")) << "the request was there before the handler";
}

TEST_F(OffloadedContext, EndsTheCallWithWhatAnObserverThrows) {
  servicer_.unary = [](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    context.observe_messages([](auto, const auto&) { throw StatusError(permission_denied("not for your eyes")); });
    co_return request;
  };
  EXPECT_THROW(run_offloaded("Unary", {"a"}), StatusError);
}

TEST_F(OffloadedContext, FindsWhatWasAttachedOutsideOfTheHandler) {
  std::string found;
  servicer_.unary = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    found = context.find<UserName>()->value;
    context.attach(UserName{"inside"});
    found += ", " + CallContext::current()->find<UserName>()->value;
    co_return request;
  };
  EXPECT_EQ(run_offloaded("Unary", {"a"}), Status());
  EXPECT_EQ(found, "outside, inside");
  EXPECT_EQ(name_outside_, "outside") << "what the handler attaches is for its own calls";
}

TEST_F(OffloadedContext, HasItsMethodAsTheOneThatRunsOnTheThread) {
  const Method* running = nullptr;
  servicer_.unary = [&](ServerContext&, const Text& request) -> Task<Result<Text>> {
    running = detail::running_method();
    co_return request;
  };
  EXPECT_EQ(run_offloaded("Unary", {"a"}), Status());
  EXPECT_EQ(running, &servicer_.methods()[0].method);
}

}  // namespace
}  // namespace plinth::test

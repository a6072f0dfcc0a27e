#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "plinth/async.h"
#include "plinth/event.h"
#include "server/offloaded_call.h"
#include "support/fake_call.h"
#include "support/string_servicer.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// A call whose handler runs on a thread for blocking code of a real runtime; this thread is the client and the wire.
class BlockingServicer : public ::testing::Test {
 protected:
  Status run(std::string_view method, std::vector<std::string> requests) {
    return sync_wait(runtime_.worker(0), serve(method, std::move(requests)));
  }

  Task<Status> serve(std::string_view method, std::vector<std::string> requests) {
    FakeCall call(*Worker::current(), servicer_, method);
    for (const auto& request : requests) call.request(text(request));
    call.half_close();
    const auto& handler =
        *std::ranges::find(servicer_.methods(), method, [](const auto& h) { return h.method.name(); });
    auto running = server::run_offloaded(handler, servicer_, call, call);
    auto status = co_await std::move(running);
    for (const auto& response : call.responses<Text>()) responses_.push_back(response.value());
    trailer_ = std::string(call.trailing_metadata().get("left").value_or(""));
    co_return status;
  }

  static Task<std::string> read_one(Reader<Text>& requests) {
    const auto request = co_await requests.next();
    co_return request ? request->value() : "the end";
  }

  StringServicer servicer_;
  std::vector<std::string> responses_;
  std::string trailer_;
  Runtime runtime_{{.workers = 1, .slow_turn = 0ms}};
};

TEST_F(BlockingServicer, AnswersFromAnotherThread) {
  std::thread::id handler_thread;
  servicer_.unary = [&](ServerContext& context, const Text& request) -> Task<Result<Text>> {
    handler_thread = std::this_thread::get_id();
    std::this_thread::sleep_for(5ms);
    context.trailing_metadata().add("left", "here");
    co_return text(request.value() + "!");
  };
  EXPECT_EQ(run("Unary", {"hello"}), Status());
  EXPECT_THAT(responses_, ElementsAre("hello!"));
  EXPECT_EQ(trailer_, "here");
  EXPECT_NE(handler_thread, std::this_thread::get_id());
}

TEST_F(BlockingServicer, ReadsAndWritesStreams) {
  servicer_.bidirectional = [](ServerContext&, Reader<Text>& requests, Writer<Text>& responses) -> Task<Status> {
    while (auto request = co_await requests.next()) co_await responses.write(*request);
    co_return Status();
  };
  EXPECT_EQ(run("Bidirectional", {"a", "b", "c"}), Status());
  EXPECT_THAT(responses_, ElementsAre("a", "b", "c"));
}

TEST_F(BlockingServicer, MayAwaitToo) {
  servicer_.unary = [](ServerContext&, const Text& request) -> Task<Result<Text>> {
    auto pause = sleep_for(1ms);
    co_await std::move(pause);
    co_return request;
  };
  EXPECT_EQ(run("Unary", {"later"}), Status());
  EXPECT_THAT(responses_, ElementsAre("later"));
}

TEST_F(BlockingServicer, EndsWithWhatItThrows) {
  servicer_.unary = [](ServerContext& context, const Text&) -> Task<Result<Text>> {
    context.trailing_metadata().add("left", "still");
    context.abort(StatusCode::kNotFound, "nothing here");
    co_return text("");
  };
  EXPECT_THROW(run("Unary", {"x"}), StatusError);
}

/// A message that comes while a loop with something else to do has just given its wait up.
TEST_F(BlockingServicer, MayGiveWaitsUpAndWaitAgain) {
  std::string received;
  std::optional<Event> impatient;
  servicer_.bidirectional = [&](ServerContext&, Reader<Text>& requests, Writer<Text>&) -> Task<Status> {
    for (int given_up = 0; received.empty();) {
      try {
        auto reading = with_timeout(1ms, read_one(requests));
        received = co_await std::move(reading);
      } catch (const StatusError&) {
        if (++given_up == 3) impatient->set();
      }
    }
    co_return Status();
  };
  auto request_late = [&]() -> Task<Status> {
    impatient.emplace();
    FakeCall call(*Worker::current(), servicer_, "Bidirectional");
    auto running = server::run_offloaded(servicer_.methods()[3], servicer_, call, call);
    auto requesting = [&impatient](FakeCall& asked) -> Task<Status> {
      auto waiting = impatient->wait();
      co_await std::move(waiting);
      asked.request(text("at last"));
      co_return Status();
    };
    auto both = when_all(std::move(running), requesting(call));
    auto [status, ignored] = co_await std::move(both);
    co_return status;
  };
  EXPECT_EQ(sync_wait(runtime_.worker(0), request_late()), Status());
  EXPECT_EQ(received, "at last");
}

/// Begins to wait for a request that never comes, and is cancelled.
TEST_F(BlockingServicer, IsToldThatTheCallIsCancelled) {
  std::string reason;
  std::optional<Event> begun;
  servicer_.bidirectional = [&](ServerContext&, Reader<Text>& requests, Writer<Text>&) -> Task<Status> {
    begun->set();
    try {
      auto request = co_await requests.next();
    } catch (const StatusError& error) {
      reason = error.what();
      throw;
    }
    co_return Status();
  };
  auto cancelled_soon = [&]() -> Task<Status> {
    begun.emplace();
    FakeCall call(*Worker::current(), servicer_, "Bidirectional");
    auto running = server::run_offloaded(servicer_.methods()[3], servicer_, call, call);
    auto cancelling = [&begun](FakeCall& ended) -> Task<Status> {
      auto waiting = begun->wait();
      co_await std::move(waiting);
      ended.cancel(::plinth::cancelled("gone"));
      co_return Status();
    };
    auto both = when_all(std::move(running), cancelling(call));
    auto [status, ignored] = co_await std::move(both);
    co_return status;
  };
  EXPECT_THROW(sync_wait(runtime_.worker(0), cancelled_soon()), StatusError);
  EXPECT_EQ(reason, "gone");
}

}  // namespace
}  // namespace plinth::test

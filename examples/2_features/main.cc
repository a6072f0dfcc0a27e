#include <plinth/async.h>
#include <plinth/interceptor.h>
#include <plinth/server.h>
#include <plinth/settings.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "features.pb.h"
#include "features.plinth.h"

using namespace plinth;
using namespace features;
using namespace std::chrono_literals;

namespace {

// An interceptor sees every call of every kind. This one says how long the call took; others reject, retry, count.
class StopwatchInterceptor final : public Interceptor {
  std::string_view name() const noexcept override { return "StopwatchInterceptor"; }

  Task<Status> intercept(CallContext& call, Next next) override {
    const auto start = Clock::now();
    Status status = co_await next();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
    call.trailing_metadata().set("x-took-us", std::to_string(took.count()));
    co_return status;
  }
};

// abort throws, so it works from any function that has the context, however deep.
int checked_divisor(ServerContext& context, const DivideRequest& request) {
  if (request.divisor() == 0) context.abort(StatusCode::kInvalidArgument, "divisor must not be 0");
  return request.divisor();
}

// Plain code that takes its time.
int count_primes(int below) {
  std::vector<bool> composite(static_cast<std::size_t>(below), false);
  int count = 0;
  for (long number = 2; number < below; ++number) {
    if (composite[number]) continue;
    ++count;
    for (long multiple = number * number; multiple < below; multiple += number) composite[multiple] = true;
  }
  return count;
}

// Handlers are made of smaller coroutines as functions are made of functions.
Task<void> follow_interval(Reader<TickRequest>& requests, std::chrono::milliseconds& interval) {
  while (auto request = co_await requests.next()) {
    if (request->interval_ms() < 1 || request->interval_ms() > 10'000) {
      throw StatusError(invalid_argument("interval_ms must be 1 to 10000"));
    }
    interval = std::chrono::milliseconds(request->interval_ms());
  }
}

Task<void> tick(Writer<TickReply>& replies, const std::chrono::milliseconds& interval) {
  for (int number = 1;; ++number) {
    co_await sleep_for(interval);
    TickReply reply;
    reply.set_number(number);
    co_await replies.write(reply);
  }
}

class FeaturesServicer final : public Features::Servicer {
 public:
  Task<Result<GreetReply>> Greet(ServerContext& context, const GreetRequest&) override {
    const std::string name(context.request_metadata().get("x-name").value_or("stranger"));
    GreetReply reply;
    reply.set_text("Hello, " + name + "!");
    context.initial_metadata().add("x-language", "en");
    context.trailing_metadata().add("x-length", std::to_string(reply.text().size()));
    co_return reply;
  }

  // When the caller gives up, or the deadline passes, what the handler awaits throws a StatusError, and it unwinds.
  Task<Result<WorkReply>> Work(ServerContext& context, const WorkRequest& request) override {
    WorkReply reply;
    try {
      while (reply.steps() < request.steps() && context.remaining() > 200ms) {
        co_await sleep_for(10ms);
        reply.set_steps(reply.steps() + 1);
      }
    } catch (const StatusError&) {
      ++cancelled_calls_;
      throw;
    }
    reply.set_cancelled_calls(cancelled_calls_);
    co_return reply;
  }

  Task<Result<DivideReply>> Divide(ServerContext& context, const DivideRequest& request) override {
    const long long divisor = checked_divisor(context, request);
    DivideReply reply;
    reply.set_quotient(static_cast<int>(request.dividend() / divisor));
    reply.set_remainder(static_cast<int>(request.dividend() % divisor));
    co_return reply;
  }

  Task<Result<CountPrimesReply>> CountPrimes(ServerContext&, const CountPrimesRequest& request) override {
    const int below = request.below();
    if (below < 0 || below > 10'000'000) co_return invalid_argument("below must be 0 to 10000000");
    CountPrimesReply reply;
    reply.set_count(co_await offload([below] { return count_primes(below); }));
    co_return reply;
  }

  using Servicer::Tick;
  // With a Writer, a handler reads and writes independently of each other.
  Task<Status> Tick(ServerContext&, Reader<TickRequest>& requests, Writer<TickReply>& replies) override {
    std::chrono::milliseconds interval = 1s;
    co_await when_any(follow_interval(requests, interval), tick(replies, interval));
    co_return Status();
  }

 private:
  std::atomic<int> cancelled_calls_ = 0;
};

}  // namespace

int main() {
  GrpcServer server(Settings::from_environment().grpc.server);
  server.add_interceptor(StopwatchInterceptor());
  server.add_servicer(std::make_shared<FeaturesServicer>());
  return server.run();
}

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "call_watch.h"
#include "caller.h"
#include "event_counter.h"
#include "flags.h"
#include "load.h"
#include "plinth/client.h"
#include "plinth/credentials.h"
#include "plinth/settings.h"
#include "report.h"

namespace {

using namespace plinth;
using namespace plinth::test;

constexpr int kUsageError = 2;

void run(Task<void> task, bool threads) {
  if (threads) return sync_wait(std::move(task));
  Runtime runtime({.workers = 1});
  sync_wait(runtime.worker(0), std::move(task));
}

Task<Result<AccessToken>> give(std::string token) { co_return AccessToken(std::move(token)); }

int call(const Flags& flags) {
  const auto events = std::make_shared<EventCounter>();
  const auto watch = std::make_shared<CallWatch>();
  GrpcClientFactory factory(Settings::from_environment().grpc.client, events);
  factory.add_interceptor(watch);
  if (!flags.token.empty()) factory.add_interceptor(CredentialsInterceptor([&flags] { return give(flags.token); }));
  Report report(flags.each);
  const auto channel = factory.create_channel(flags.target, flags.channel_options());
  Caller caller(channel, watch, flags);
  Load load(channel, caller, flags, report);
  run(load.run(), flags.threads);
  report.tell_summary(events->counts());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags = read_flags(argc, argv);
  try {
    return call(flags);
  } catch (const StatusError& error) {
    std::cerr << error.status().to_string() << '\n';
    return kUsageError;
  }
}

#include "call_watch.h"

#include <fmt/format.h>

#include "plinth/client_context.h"

namespace plinth::test {

namespace {

constexpr std::string_view kMark = "call-watch";

std::string mark_of(const Outcome& outcome) { return fmt::format("{}", fmt::ptr(&outcome)); }

}  // namespace

void CallWatch::mark(CallOptions& options, const Outcome& outcome) const {
  options.metadata.add(kMark, mark_of(outcome));
}

void CallWatch::complete(Outcome& outcome) {
  std::lock_guard lock(mutex_);
  const auto found = seen_.extract(mark_of(outcome));
  if (!found) return;
  outcome.attempts = found.mapped().attempts;
  outcome.initial = std::move(found.mapped().initial);
  outcome.trailing = std::move(found.mapped().trailing);
}

Task<Status> CallWatch::intercept(CallContext& call, Next next) {
  auto& client = *call.as_client();
  const std::string mark(client.request_metadata().get(kMark).value_or(""));
  client.request_metadata().remove(kMark);
  auto rest = next();
  auto status = co_await std::move(rest);
  Outcome outcome;
  outcome.attempts = client.attempts();
  outcome.initial = call.initial_metadata();
  outcome.trailing = call.trailing_metadata();
  std::lock_guard lock(mutex_);
  seen_[mark] = std::move(outcome);
  co_return status;
}

}  // namespace plinth::test

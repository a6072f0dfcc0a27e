#include "auth/fetched_keys.h"

#include <algorithm>

#include "async/here.h"
#include "plinth/async.h"

namespace plinth::auth {

namespace {

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLastRetry = std::chrono::seconds(60);

}  // namespace

/// In the list while it lives.
class FetchedKeys::Waiting {
 public:
  /// The lock is held.
  explicit Waiting(FetchedKeys& keys) : keys_(keys) { keys_.waiters_.push_back(waiter_); }
  ~Waiting() {
    const std::lock_guard lock(keys_.mutex_);
    waiter_.unlink();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  Task<void> wait() const { return waiter_.fetched.wait(); }

 private:
  FetchedKeys& keys_;
  Waiter waiter_;
};

FetchedKeys::FetchedKeys(Worker& worker, const Algorithm& algorithm, Fetch fetch, Options options,
                         std::shared_ptr<Logger> logger)
    : algorithm_(algorithm),
      fetch_(std::move(fetch)),
      options_(std::move(options)),
      logger_(std::move(logger)),
      background_(worker, [this] { return keep_fetching(); }) {}

std::shared_ptr<const KeySet> FetchedKeys::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

Task<void> FetchedKeys::look_again() {
  std::optional<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (ask(here().now())) waiting.emplace(*this);
  }
  if (!waiting) co_return;
  auto either = when_any(waiting->wait(), sleep_for(options_.patience));
  co_await std::move(either);
}

bool FetchedKeys::ask(TimePoint now) {
  if (fetching_) return true;
  if (now < next_ask_) return false;
  fetching_ = true;
  asked_->set();
  return true;
}

Task<void> FetchedKeys::keep_fetching() {
  auto retry = kFirstRetry;
  while (true) {
    begin_fetch();
    auto fetching = fetch();
    const auto document = co_await std::move(fetching);
    const auto status = take(document);
    end_fetch();
    if (!status.ok()) {
      logger_->warning("grpc_auth_keys_failed", {{"source", options_.source}, {"error", status.message()}});
    }
    auto pausing = pause(status.ok() ? options_.max_age : retry);
    co_await std::move(pausing);
    retry = status.ok() ? kFirstRetry : std::min(2 * retry, kLastRetry);
  }
}

Task<Result<std::string>> FetchedKeys::fetch() {
  const auto* const scope = co_await this_scope();
  Status failure;
  try {
    auto fetching = with_timeout(options_.timeout, fetch_());
    co_return co_await std::move(fetching);
  } catch (const StatusError& error) {
    failure = error.status();
  } catch (const std::exception& error) {
    failure = unavailable("{}", error.what());
  }
  scope->check();
  co_return failure;
}

Task<void> FetchedKeys::pause(Duration time) {
  auto either = when_any(asked_->wait(), sleep_for(time));
  co_await std::move(either);
}

Status FetchedKeys::take(const Result<std::string>& document) {
  if (!document) return document.error();
  if (*document == last_document_) return {};
  auto set = KeySet::parse(*document, algorithm_);
  if (!set) return set.error();
  const auto size = set->size();
  auto keys = std::make_shared<const KeySet>(std::move(*set));
  last_document_ = *document;
  {
    const std::lock_guard lock(mutex_);
    keys_.swap(keys);
  }
  version_.fetch_add(1, std::memory_order_release);
  logger_->info("grpc_auth_keys_loaded", {{"source", options_.source}, {"keys", size}});
  return {};
}

void FetchedKeys::begin_fetch() {
  const std::lock_guard lock(mutex_);
  asked_.emplace();  // what was asked for until now is what this fetch brings
  fetching_ = true;
  next_ask_ = here().now() + options_.min_age;
}

void FetchedKeys::end_fetch() {
  const std::lock_guard lock(mutex_);
  fetching_ = false;
  for (const auto& waiter : waiters_) waiter.fetched.set();
}

}  // namespace plinth::auth

#include "interceptors/credentials_tokens.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "async/here.h"
#include "auth/authorization.h"
#include "call/failure.h"
#include "plinth/async.h"

namespace plinth::interceptors {

namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstRetry = 250ms;
constexpr Duration kLastRetry = 2s;
/// After a fetch that failed, as long as the old token is good.
constexpr auto kPause = 10s;
constexpr Duration kPatience = 30s;

/// What a token server says of itself must not look like the answer to the call (gRFC A54).
StatusCode code_for_the_call(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
    case StatusCode::kAlreadyExists:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kAborted:
    case StatusCode::kOutOfRange:
    case StatusCode::kDataLoss: return StatusCode::kInternal;
    default: return code;
  }
}

}  // namespace

/// One fetch, which goes on beside the calls, on the worker of the call that was the first to want it.
class CredentialsTokens::Fetch final : Worker::Resident, detail::Completion, Worker::Ready {
 public:
  explicit Fetch(CredentialsTokens& tokens)
      : Resident(here()), worker_(here()), tokens_(tokens.shared_from_this()), task_(tokens.fetch()) {}

  /// Deletes itself when it has ended.
  void start() {
    if (task_.start(&scope_, *this)) on_ready();
  }
  void cancel() noexcept { scope_.cancel(cancelled("what fetched it has been shut down")); }

  Worker& worker() const noexcept { return worker_; }

 private:
  ~Fetch() = default;

  void on_worker_end() noexcept override { cancel(); }
  void on_complete() noexcept override { worker_.when_ready(*this); }
  void on_ready() noexcept override {
    tokens_->end_fetch(scope_.cancelled() ? unavailable("cannot get a token: {}", scope_.reason().message())
                                          : task_.take());
    delete this;
  }

  Worker& worker_;
  const std::shared_ptr<CredentialsTokens> tokens_;
  CancelScope scope_;
  Task<Status> task_;
};

/// In the list while it lives.
class CredentialsTokens::Waiting {
 public:
  /// The lock is held.
  explicit Waiting(CredentialsTokens& tokens) : tokens_(tokens) { tokens_.waiters_.push_back(waiter_); }
  ~Waiting() {
    const std::lock_guard lock(tokens_.mutex_);
    waiter_.unlink();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  Task<void> wait() const { return waiter_.ended.wait(); }
  Result<Header> token() const {
    const std::lock_guard lock(tokens_.mutex_);
    return waiter_.token;
  }

 private:
  CredentialsTokens& tokens_;
  Waiter waiter_;
};

Task<Result<CredentialsTokens::Header>> CredentialsTokens::header() {
  Header good;
  std::optional<Waiting> waiting;
  Fetch* begun = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto now = options_.now();
    if (wants_fetch(now)) begun = fetch_ = new Fetch(*this);
    if (is_good(now)) good = header_;
    if (!good) waiting.emplace(*this);
  }
  if (begun) begun->start();
  if (good) co_return good;
  auto ended = waiting->wait();
  co_await std::move(ended);
  co_return waiting->token();
}

void CredentialsTokens::close() {
  const std::lock_guard lock(mutex_);
  if (fetch_) fetch_->worker().post([self = shared_from_this()] { self->cancel_fetch(); });
}

/// On the fetch's worker, where it cannot end meanwhile.
void CredentialsTokens::cancel_fetch() {
  Fetch* left;
  {
    const std::lock_guard lock(mutex_);
    left = fetch_;
  }
  if (left) left->cancel();
}

void CredentialsTokens::end_fetch(const Status& outcome) {
  const std::lock_guard lock(mutex_);
  fetch_ = nullptr;
  if (!outcome.ok()) refresh_at_ = options_.now() + kPause;
  while (!waiters_.empty()) {
    auto& waiter = waiters_.pop_front();
    waiter.token = outcome.ok() ? Result<Header>(header_) : std::unexpected(outcome);
    waiter.ended.set();
  }
}

Task<Status> CredentialsTokens::fetch() {
  for (auto delay = kFirstRetry;; delay *= 2) {
    auto asking = ask_source();
    const auto token = co_await std::move(asking);
    auto status = token ? keep(*token) : token.error();
    if (status.ok()) co_return status;
    if (options_.logger) options_.logger->warning("grpc_credentials_failed", {{"error", status.to_string()}});
    if (status.code() != StatusCode::kUnavailable || delay > kLastRetry) {
      co_return Status(code_for_the_call(status.code()), "cannot get a token: " + status.message());
    }
    auto pause = sleep_for(delay);
    co_await std::move(pause);
  }
}

Task<Result<AccessToken>> CredentialsTokens::ask_source() {
  const auto* const scope = co_await this_scope();
  std::exception_ptr thrown;
  try {
    auto asking = with_timeout(kPatience, source_());
    co_return co_await std::move(asking);
  } catch (...) {
    thrown = std::current_exception();
  }
  scope->check();
  co_return unavailable("{}", call::describe(thrown).text);
}

Status CredentialsTokens::keep(const AccessToken& token) {
  const auto now = options_.now();
  const auto expiry = token.expiry.value_or(Time::max());
  if (!auth::is_token_text(token.value)) return internal_error("the source has given something that is no token");
  if (expiry <= now) return unavailable("the source has given a token that has expired");
  const auto lifetime = expiry - now;
  const auto early = std::chrono::duration_cast<Time::duration>(options_.refresh_early);
  const std::lock_guard lock(mutex_);
  header_ = std::make_shared<const std::string>("Bearer " + token.value);
  expiry_ = expiry;
  refresh_at_ = expiry - std::min(early, lifetime / 2);
  return {};
}

}  // namespace plinth::interceptors

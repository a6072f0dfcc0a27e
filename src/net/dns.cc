#include "net/dns.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "async/here.h"
#include "async/offload_pool.h"
#include "plinth/event.h"

namespace plinth::net {

namespace {

using Answer = std::expected<HostResolver::Addresses, std::string>;

/// Who waits for an answer. In a list, and out of it, under the resolver's lock.
struct Waiter : detail::ListNode {
  Event answered;
};

struct Lookup {
  explicit Lookup(std::string name) : host(std::move(name)) {}

  const std::string host;
  detail::List<Waiter> waiters;
  std::optional<Answer> answer;
};

HostResolver::Addresses without_repeats(HostResolver::Addresses addresses) {
  HostResolver::Addresses result;
  for (auto& address : addresses) {
    if (std::ranges::find(result, address) == result.end()) result.push_back(std::move(address));
  }
  return result;
}

/// The first address keeps its place; from then on the families take turns for as long as there are both.
HostResolver::Addresses interleaved(HostResolver::Addresses addresses) {
  HostResolver::Addresses families[2];
  for (const auto& address : addresses)
    families[address.is_v4() == addresses.front().is_v4() ? 0 : 1].push_back(address);
  HostResolver::Addresses result;
  for (std::size_t place = 0; result.size() < addresses.size(); ++place) {
    for (const auto& family : families) {
      if (place < family.size()) result.push_back(family[place]);
    }
  }
  return result;
}

std::vector<Endpoint> with_port(const HostResolver::Addresses& addresses, std::uint16_t port) {
  std::vector<Endpoint> endpoints;
  endpoints.reserve(addresses.size());
  for (const auto& address : addresses) endpoints.emplace_back(Endpoint::Ip(address, port));
  return endpoints;
}

Answer ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const int system_error = errno;
  if (error == EAI_SYSTEM) return std::unexpected(std::error_code(system_error, std::system_category()).message());
  if (error != 0) return std::unexpected(::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  HostResolver::Addresses addresses;
  for (const auto* item = list; item; item = item->ai_next) {
    Endpoint::Ip ip;
    if (item->ai_addrlen > ip.capacity()) continue;
    std::memcpy(ip.data(), item->ai_addr, item->ai_addrlen);
    addresses.push_back(ip.address());
  }
  return addresses;
}

}  // namespace

struct HostResolver::State {
  State(LookUp function, std::size_t limit) : look_up(std::move(function)), at_once(limit) {}

  class Waiting;

  /// Lets one more thread of the pool look up what is queued.
  static void start_thread(const std::shared_ptr<State>& state, OffloadPool& pool) {
    const auto run = [state] {
      state->run();
      return false;
    };
    const auto refusal = pool.submit(run, [] {}, OffloadPool::Lane::kLookups);
    if (!refusal.ok()) state->give_up_thread(refusal.message());
  }

  void run() noexcept {
    while (const auto lookup = next()) {
      auto answer = answer_for(lookup->host);
      std::lock_guard lock(mutex);
      finish(*lookup, std::move(answer));
    }
  }

  /// The next that somebody still waits for. Null, with one thread fewer, when there is none.
  std::shared_ptr<Lookup> next() {
    std::lock_guard lock(mutex);
    while (!queue.empty()) {
      auto lookup = take_queued();
      if (!lookup->waiters.empty()) return lookup;
      lookups.erase(lookup->host);
    }
    --threads;
    return nullptr;
  }

  Answer answer_for(const std::string& host) {
    try {
      return look_up(host);
    } catch (const std::exception& error) {
      return std::unexpected(error.what());
    }
  }

  /// What is queued is left to the threads that run; when there are none, it fails.
  void give_up_thread(const std::string& reason) {
    std::lock_guard lock(mutex);
    if (--threads != 0) return;
    while (!queue.empty()) finish(*take_queued(), std::unexpected(reason));
  }

  // From here on: under the lock.

  std::shared_ptr<Lookup> take_queued() {
    auto lookup = std::move(queue.front());
    queue.pop_front();
    return lookup;
  }

  void finish(Lookup& lookup, Answer answer) {
    lookups.erase(lookup.host);
    lookup.answer = std::move(answer);
    for (auto& waiter : lookup.waiters) waiter.answered.set();
  }

  const LookUp look_up;
  const std::size_t at_once;
  std::mutex mutex;
  /// By name: those that are queued and those that run.
  std::unordered_map<std::string, std::shared_ptr<Lookup>> lookups;
  std::deque<std::shared_ptr<Lookup>> queue;
  std::size_t threads = 0;
};

/// Waits for a name's lookup while it lives.
class HostResolver::State::Waiting {
 public:
  Waiting(State& state, const std::string& host) : state_(state) {
    std::lock_guard lock(state_.mutex);
    lookup_ = state_.lookups[host];
    if (!lookup_) state_.queue.push_back(state_.lookups[host] = lookup_ = std::make_shared<Lookup>(host));
    lookup_->waiters.push_back(waiter_);
    wants_thread_ = !state_.queue.empty() && state_.threads < state_.at_once;
    if (wants_thread_) ++state_.threads;
  }
  ~Waiting() {
    std::lock_guard lock(state_.mutex);
    waiter_.unlink();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  /// A thread has been counted in that the caller must start.
  bool wants_thread() const noexcept { return wants_thread_; }

  Task<void> wait() const { return waiter_.answered.wait(); }
  const Answer& answer() const noexcept { return *lookup_->answer; }

 private:
  State& state_;
  Waiter waiter_;
  std::shared_ptr<Lookup> lookup_;
  bool wants_thread_;
};

HostResolver::HostResolver(LookUp look_up, std::size_t at_once)
    : state_(std::make_shared<State>(std::move(look_up), at_once)) {}

Task<Result<std::vector<Endpoint>>> HostResolver::resolve(std::string host, std::uint16_t port) {
  boost::system::error_code no_literal;
  const auto literal = boost::asio::ip::make_address(host, no_literal);
  if (!no_literal) co_return with_port({literal}, port);
  const auto state = state_;
  const State::Waiting waiting(*state, host);
  if (waiting.wants_thread()) State::start_thread(state, *here().offload_pool());
  auto answered = waiting.wait();
  co_await std::move(answered);
  const auto& answer = waiting.answer();
  if (!answer) co_return unavailable("cannot resolve '{}': {}", host, answer.error());
  if (answer->empty()) co_return unavailable("cannot resolve '{}': it has no address", host);
  co_return with_port(interleaved(without_repeats(*answer)), port);
}

Task<Result<std::vector<Endpoint>>> resolve_host(std::string host, std::uint16_t port) {
  static HostResolver resolver(&ask_system);
  return resolver.resolve(std::move(host), port);
}

}  // namespace plinth::net

#include <chrono>
#include <iostream>

#include "etcd.h"
#include "plinth/async.h"
#include "plinth/client.h"

namespace {

using namespace plinth;
using namespace plinth::test;
using namespace std::chrono_literals;

constexpr int kKeys = 100;
constexpr auto kTimeToLive = 3s;
constexpr auto kKeptAlive = 10s;

void expect(bool holds, std::string_view what) {
  if (!holds) throw StatusError(unknown("expected {}", what));
  std::cout << "ok: " << what << std::endl;
}

Task<void> put_and_range(Etcd etcd) {
  std::int64_t revision = 0;
  for (int n = 0; n < kKeys; ++n) {
    auto putting = etcd.put(fmt::format("plinth/{:03}", n), fmt::format("value {}", n));
    const auto next = co_await std::move(putting);
    if (next <= revision) throw StatusError(unknown("revision {} came after {}", next, revision));
    revision = next;
  }
  auto getting = etcd.get("plinth/042");
  const auto value = co_await std::move(getting);
  expect(value == "value 42", "a Range to give what was Put");
  auto counting = etcd.count("plinth/");
  const auto count = co_await std::move(counting);
  expect(count == kKeys, "a Range over a prefix to find every key");
}

Task<void> watch(Etcd etcd) {
  auto watching = etcd.watch_a_put("watched", "seen");
  const auto value = co_await std::move(watching);
  expect(value == "seen", "a Watch to see a Put");
}

/// The lease is kept for several times its own time to live, and expires when it is let go.
Task<void> lease(Etcd etcd) {
  auto granting = etcd.grant(kTimeToLive);
  const auto id = co_await std::move(granting);
  auto putting = etcd.put("leased", "here", id);
  co_await std::move(putting);
  auto keeping = etcd.keep_alive(id, kKeptAlive, 1s);
  const auto refreshed = co_await std::move(keeping);
  auto getting = etcd.get("leased");
  const auto kept = co_await std::move(getting);
  expect(refreshed >= 8 && kept == "here", "a lease of 3 s to be kept alive for 10 s");
  for (std::optional<std::string> left = kept; left;) {
    auto pause = sleep_for(100ms);
    co_await std::move(pause);
    auto looking = etcd.get("leased");
    left = co_await std::move(looking);
  }
  expect(true, "the lease to expire once nobody keeps it");
}

Task<void> everything(std::shared_ptr<Channel> channel) {
  const Etcd etcd(channel);
  auto all = when_all(put_and_range(etcd), watch(etcd), lease(etcd));
  auto in_time = with_timeout(60s, std::move(all));
  co_await std::move(in_time);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: etcd-client TARGET\n";
    return 2;
  }
  try {
    GrpcClientFactory factory;
    const auto channel = factory.create_channel(argv[1], {.secure = false});
    Runtime runtime({.workers = 1});
    sync_wait(runtime.worker(0), everything(channel));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

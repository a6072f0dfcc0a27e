#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "etcdserverpb/rpc.plinth.h"
#include "plinth/task.h"

namespace plinth::test {

/// What a program does with etcd. Everything throws StatusError when a call fails.
class Etcd {
 public:
  explicit Etcd(const std::shared_ptr<Channel>& channel) : kv_(channel), watch_(channel), lease_(channel) {}

  /// Gives the revision of the store after it.
  Task<std::int64_t> put(std::string key, std::string value, std::int64_t lease = 0);
  /// The value of a key, if there is one.
  Task<std::optional<std::string>> get(std::string key);
  /// How many keys begin with `prefix`.
  Task<std::int64_t> count(std::string prefix);

  /// Watches a key, puts a value there, and gives the value that the watch has seen.
  Task<std::string> watch_a_put(std::string key, std::string value);

  /// A new lease.
  Task<std::int64_t> grant(std::chrono::seconds time_to_live);
  /// Keeps a lease alive for so long; gives how often etcd has answered.
  Task<int> keep_alive(std::int64_t lease, std::chrono::seconds time, std::chrono::milliseconds interval);

 private:
  using KeepAliveStream = ClientStream<etcdserverpb::LeaseKeepAliveRequest, etcdserverpb::LeaseKeepAliveResponse>;
  Task<void> refresh(KeepAliveStream& stream, std::int64_t lease);

  etcdserverpb::KV::Stub kv_;
  etcdserverpb::Watch::Stub watch_;
  etcdserverpb::Lease::Stub lease_;
};

}  // namespace plinth::test

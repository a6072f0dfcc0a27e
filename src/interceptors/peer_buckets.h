#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "interceptors/token_bucket.h"

namespace plinth::interceptors {

/// A token bucket for each peer, for so many of them: above that the one that was used longest ago makes room. Those
/// that are full again are let go as new ones come. May be used by all workers at the same time.
class PeerBuckets {
 public:
  PeerBuckets(const Rate& rate, std::size_t max_peers);

  /// As TokenBucket's.
  Duration take(std::string_view key, TimePoint now);
  void give_back(std::string_view key);

  std::size_t size() const;

 private:
  struct Entry {
    explicit Entry(std::string_view key) : key(key) {}
    std::string key;
    TokenBucket bucket;
  };

  /// A part of them, by the key's hash, so that workers seldom meet.
  struct Shard {
    mutable std::mutex mutex;
    /// The one that was used last stands first.
    std::list<Entry> entries;
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;

    TokenBucket& bucket(std::string_view key, TimePoint now, std::size_t max_size);
    void make_room(TimePoint now, std::size_t max_size);
    void forget_last();
  };
  Shard& shard_of(std::string_view key) noexcept;

  BucketShape shape_;
  std::vector<Shard> shards_;
  std::size_t max_in_shard_;
};

}  // namespace plinth::interceptors

#include "interceptors/peer_buckets.h"

#include <algorithm>

#include "base/assert.h"

namespace plinth::interceptors {

namespace {

constexpr std::size_t kShards = 16;
constexpr std::size_t kLeastInShard = 64;

/// How many that are full again are looked for with each new one: more than one, so that they get fewer.
constexpr int kForgottenAtOnce = 2;

}  // namespace

PeerBuckets::PeerBuckets(const Rate& rate, std::size_t max_peers)
    : shape_(rate),
      shards_(max_peers < kShards * kLeastInShard ? 1 : kShards),
      max_in_shard_(max_peers / shards_.size()) {
  PLINTH_ASSERT(max_peers > 0, "a limit for peers remembers at least one");
}

Duration PeerBuckets::take(std::string_view key, TimePoint now) {
  auto& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  return shard.bucket(key, now, max_in_shard_).take(shape_, now);
}

void PeerBuckets::give_back(std::string_view key) {
  auto& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) found->second->bucket.give_back(shape_);
}

std::size_t PeerBuckets::size() const {
  std::size_t size = 0;
  for (const auto& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    size += shard.entries.size();
  }
  return size;
}

PeerBuckets::Shard& PeerBuckets::shard_of(std::string_view key) noexcept {
  return shards_[std::hash<std::string_view>()(key) % shards_.size()];
}

TokenBucket& PeerBuckets::Shard::bucket(std::string_view key, TimePoint now, std::size_t max_size) {
  if (const auto found = by_key.find(key); found != by_key.end()) {
    entries.splice(entries.begin(), entries, found->second);
  } else {
    make_room(now, max_size);
    entries.emplace_front(key);
    by_key.emplace(entries.front().key, entries.begin());
  }
  return entries.front().bucket;
}

void PeerBuckets::Shard::make_room(TimePoint now, std::size_t max_size) {
  for (int i = 0; i < kForgottenAtOnce && !entries.empty() && entries.back().bucket.full(now); ++i) forget_last();
  if (entries.size() >= max_size) forget_last();
}

void PeerBuckets::Shard::forget_last() {
  by_key.erase(entries.back().key);
  entries.pop_back();
}

}  // namespace plinth::interceptors

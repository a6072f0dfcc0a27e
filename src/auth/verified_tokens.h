#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "plinth/claims.h"

namespace plinth::auth {

/// Remembers the claims of tokens that were accepted, because most tokens come again and again, and a signature takes
/// long to check. Knows tokens only by their SHA-256. All threads may use one at the same time.
class VerifiedTokens {
 public:
  using Digest = std::array<unsigned char, 32>;
  static Digest digest_of(std::string_view token);

  /// How many are remembered, at most. The oldest are forgotten.
  static constexpr std::size_t kMaxTokens = 4096;

  struct Entry {
    Claims claims;
    Claims::Time valid_until;
    /// Of the keys that the token was checked with.
    std::uint64_t key_version;
  };

  /// Nothing when the token is not known, no more valid, or was checked with other keys than the present ones.
  std::optional<Claims> find(const Digest& digest, Claims::Time now, std::uint64_t key_version) const;
  void add(const Digest& digest, Entry entry);

 private:
  struct Hash {
    std::size_t operator()(const Digest& digest) const noexcept;
  };
  using Tokens = std::unordered_map<Digest, Entry, Hash>;

  /// Threads seldom meet in one of several.
  struct Shard {
    mutable std::mutex mutex;
    /// New tokens go into `young`; when that is full it becomes `old`, and what was old is forgotten.
    Tokens young;
    Tokens old;
  };
  static constexpr std::size_t kShards = 16;
  std::array<Shard, kShards> shards_;
};

}  // namespace plinth::auth

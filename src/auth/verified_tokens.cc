#include "auth/verified_tokens.h"

#include <openssl/evp.h>

#include <cstring>
#include <memory>

namespace plinth::auth {

VerifiedTokens::Digest VerifiedTokens::digest_of(std::string_view token) {
  // Both are costly to get, and a context belongs to one thread.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Digest digest{};
  EVP_DigestInit_ex(context.get(), algorithm, nullptr);
  EVP_DigestUpdate(context.get(), token.data(), token.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return digest;
}

std::size_t VerifiedTokens::Hash::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data() + 1, sizeof hash);  // the first byte has chosen the shard
  return hash;
}

std::optional<Claims> VerifiedTokens::find(const Digest& digest, Claims::Time now, std::uint64_t key_version) const {
  const auto& shard = shards_[digest[0] % kShards];
  const std::lock_guard lock(shard.mutex);
  for (const auto* const tokens : {&shard.young, &shard.old}) {
    const auto found = tokens->find(digest);
    if (found == tokens->end()) continue;
    const auto& entry = found->second;
    return now < entry.valid_until && entry.key_version == key_version ? std::optional(entry.claims) : std::nullopt;
  }
  return std::nullopt;
}

void VerifiedTokens::add(const Digest& digest, Entry entry) {
  auto& shard = shards_[digest[0] % kShards];
  const std::lock_guard lock(shard.mutex);
  if (shard.young.size() == kMaxTokens / kShards / 2) shard.old = std::exchange(shard.young, {});
  shard.young.insert_or_assign(digest, std::move(entry));
}

}  // namespace plinth::auth

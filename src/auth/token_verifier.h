#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "auth/algorithm.h"
#include "auth/claim_rules.h"
#include "auth/key_source.h"
#include "auth/token.h"
#include "auth/verified_tokens.h"
#include "plinth/claims.h"
#include "plinth/task.h"

namespace plinth::auth {

/// Tells good tokens from bad ones. All workers may use one at the same time.
class TokenVerifier {
 public:
  static constexpr std::size_t kMaxTokenSize = 16 * 1024;

  using NowFunction = Claims::Time (*)() noexcept;

  /// `algorithm` is that of `keys`, and the only one that passes.
  TokenVerifier(const Algorithm& algorithm, std::shared_ptr<KeySource> keys, ClaimRules rules, NowFunction now)
      : algorithm_(algorithm), keys_(std::move(keys)), rules_(std::move(rules)), now_(now) {}

  /// The claims of a good token. UNAUTHENTICATED, with a reason for the log that has no more of the token than the
  /// name of a field that makes it no JSON, when it is bad; UNAVAILABLE as long as there are no keys. `token` must
  /// live until the task has ended.
  Task<Result<Claims>> verify(std::string_view token);

 private:
  Task<std::shared_ptr<const KeySet>> keys_for(const Token& token);
  Result<Claims> check(const Token& token, const Key& key) const;
  void remember(const VerifiedTokens::Digest& digest, const Claims& claims, std::uint64_t key_version);

  const Algorithm& algorithm_;
  const std::shared_ptr<KeySource> keys_;
  const ClaimRules rules_;
  const NowFunction now_;
  VerifiedTokens verified_;
};

}  // namespace plinth::auth

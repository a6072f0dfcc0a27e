#include "auth/token_verifier.h"

namespace plinth::auth {

namespace {

/// Rare, and not worth the memory: longer ones are checked each time.
constexpr std::size_t kMaxRememberedSize = 4096;

}  // namespace

Task<Result<Claims>> TokenVerifier::verify(std::string_view text) {
  if (text.size() > kMaxTokenSize) co_return unauthenticated("it has {} bytes", text.size());
  const auto digest = VerifiedTokens::digest_of(text);
  const auto key_version = keys_->version();  // before the keys: it must not be later than theirs
  if (auto known = verified_.find(digest, now_(), key_version)) co_return std::move(*known);
  const auto token = Token::parse(text);
  if (!token) co_return token.error();
  if (token->algorithm != algorithm_.name) co_return unauthenticated("it is not signed with {}", algorithm_.name);
  auto finding = keys_for(*token);
  const auto keys = co_await std::move(finding);
  if (!keys) co_return unavailable("Tokens cannot be verified at the moment");
  const auto* const key = keys->find(token->key_id);
  if (!key) co_return unauthenticated("{}", token->key_id ? "its key is not known" : "it does not name its key");
  auto claims = check(*token, *key);
  if (claims && text.size() <= kMaxRememberedSize) remember(digest, *claims, key_version);
  co_return claims;
}

Task<std::shared_ptr<const KeySet>> TokenVerifier::keys_for(const Token& token) {
  auto keys = keys_->keys();
  if (keys && keys->find(token.key_id)) co_return keys;
  auto looking = keys_->look_again();
  co_await std::move(looking);
  co_return keys_->keys();
}

Result<Claims> TokenVerifier::check(const Token& token, const Key& key) const {
  if (!key.verify(token.signed_text, token.signature)) {
    return std::unexpected(unauthenticated("its signature is wrong"));
  }
  auto claims = Claims::parse(token.payload);
  if (!claims) return std::unexpected(unauthenticated("{}", claims.error().message()));
  if (auto status = rules_.check(*claims, now_()); !status.ok()) return std::unexpected(std::move(status));
  return claims;
}

void TokenVerifier::remember(const VerifiedTokens::Digest& digest, const Claims& claims, std::uint64_t key_version) {
  const auto skew = std::chrono::duration_cast<Claims::Time::duration>(rules_.clock_skew);
  const auto until = claims.expiry() ? *claims.expiry() + skew : Claims::Time::max();
  verified_.add(digest, {.claims = claims, .valid_until = until, .key_version = key_version});
}

}  // namespace plinth::auth

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/algorithm.h"
#include "auth/key.h"
#include "plinth/status.h"

namespace plinth::auth {

inline constexpr std::size_t kMaxKeyIdSize = 256;

/// Keys of one algorithm, by their "kid".
class KeySet {
 public:
  static constexpr std::size_t kMaxSize = 1024 * 1024;
  static constexpr std::size_t kMaxKeys = 256;

  /// A key for all tokens, whatever "kid" they name.
  explicit KeySet(std::unique_ptr<Key> only) : only_(std::move(only)) {}

  /// Reads a JWKS document (RFC 7517, section 5). Keys that are not for `algorithm` are passed over. INVALID_ARGUMENT,
  /// with the reason, when the document is malformed, too large, has two keys with one "kid", or no key for
  /// `algorithm`.
  static Result<KeySet> parse(std::string_view jwks, const Algorithm& algorithm);

  /// The key of a token. One that names none has the key of a set with exactly one. Null when there is none.
  const Key* find(const std::optional<std::string>& id) const noexcept;

  std::size_t size() const noexcept { return only_ ? 1 : keys_.size(); }

 private:
  using Keys = std::map<std::string, std::unique_ptr<Key>, std::less<>>;

  explicit KeySet(Keys keys) : keys_(std::move(keys)) {}

  std::unique_ptr<Key> only_;
  /// A key without a "kid" is at "".
  Keys keys_;
};

}  // namespace plinth::auth

#pragma once

#include <string_view>

namespace plinth::auth {

/// Checks signatures of one algorithm: the key, never the token, says which. All threads may use one at the same time.
class Key {
 public:
  virtual ~Key() = default;
  Key() = default;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  /// Whether `signature` is this key's for `text`.
  virtual bool verify(std::string_view text, std::string_view signature) const = 0;
};

}  // namespace plinth::auth

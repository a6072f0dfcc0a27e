#pragma once

#include <cstdint>
#include <memory>

#include "auth/key_set.h"
#include "plinth/task.h"

namespace plinth::auth {

/// Where the keys come from. All workers may use one at the same time.
class KeySource {
 public:
  virtual ~KeySource() = default;

  /// Null when there are none yet.
  virtual std::shared_ptr<const KeySet> keys() const = 0;

  /// Changes when the keys do.
  virtual std::uint64_t version() const noexcept = 0;

  /// To be awaited when a key is missing: it may be there after that. Ends soon, whatever happens.
  virtual Task<void> look_again() = 0;
};

/// Keys that never change.
class FixedKeys final : public KeySource {
 public:
  explicit FixedKeys(KeySet keys) : keys_(std::make_shared<const KeySet>(std::move(keys))) {}

  std::shared_ptr<const KeySet> keys() const override { return keys_; }
  std::uint64_t version() const noexcept override { return 0; }
  Task<void> look_again() override { co_return; }

 private:
  std::shared_ptr<const KeySet> keys_;
};

}  // namespace plinth::auth

#pragma once

#include <mutex>

#include "plinth/interceptor.h"
#include "plinth/metadata.h"

namespace plinth::interop {

/// Keeps what the stub of a unary call does not tell: metadata, and whether the response had been compressed.
class Witness final : public Interceptor {
 public:
  struct Seen {
    Metadata initial;
    Metadata trailing;
    bool compressed = false;
  };

  std::string_view name() const noexcept override { return "Witness"; }
  Task<Status> intercept(CallContext& call, Next next) override;

  /// Of the call that ended last.
  Seen last() const;

 private:
  mutable std::mutex mutex_;
  Seen last_;
};

}  // namespace plinth::interop

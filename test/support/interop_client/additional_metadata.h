#pragma once

#include "plinth/interceptor.h"
#include "plinth/metadata.h"

namespace plinth::interop {

/// Sends the same metadata with every call.
class AdditionalMetadata final : public Interceptor {
 public:
  explicit AdditionalMetadata(Metadata metadata) : metadata_(std::move(metadata)) {}

  std::string_view name() const noexcept override { return "AdditionalMetadata"; }
  Task<Status> intercept(CallContext& call, Next next) override;

 private:
  Metadata metadata_;
};

}  // namespace plinth::interop

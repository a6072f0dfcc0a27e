#pragma once

#include <string>
#include <vector>

#include "plinth/interceptor.h"

namespace plinth::test {

/// An interceptor that writes down how calls end.
class StatusRecorder final : public Interceptor {
 public:
  std::string_view name() const noexcept override { return "StatusRecorder"; }

  Task<Status> intercept(CallContext&, Next next) override {
    ++begun;
    auto rest = next();
    auto status = co_await std::move(rest);
    ended.push_back(status.to_string());
    co_return status;
  }

  std::size_t begun = 0;
  std::vector<std::string> ended;
};

}  // namespace plinth::test

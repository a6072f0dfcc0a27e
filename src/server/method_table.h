#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plinth/servicer.h"
#include "plinth/status.h"

namespace plinth::server {

/// The methods that a server has, by path. Filled before the server starts, read by all workers after that.
class MethodTable {
 public:
  struct Entry {
    const MethodHandler* handler;
    BaseServicer* servicer;
    /// Those who look after the server need it: it is served above the limit of calls, too.
    bool operational;
  };

  /// ALREADY_EXISTS when another servicer has this service.
  Status add(std::shared_ptr<BaseServicer> servicer, bool operational = false);

  /// Null for a method that nobody serves.
  const Entry* find(std::string_view path) const noexcept;

  bool has_service(std::string_view name) const noexcept;
  const std::vector<std::shared_ptr<BaseServicer>>& servicers() const noexcept { return servicers_; }

 private:
  std::vector<std::shared_ptr<BaseServicer>> servicers_;
  std::unordered_map<std::string_view, Entry> entries_;
};

}  // namespace plinth::server

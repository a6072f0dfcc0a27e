#pragma once

#include <string_view>
#include <vector>

namespace plinth::base {

/// A header field of HTTP/2. What it points to must outlive the call that takes it, unless `lasting`: then it lives as
/// long as the program, and is never copied.
struct Field {
  std::string_view name;
  std::string_view value;
  bool lasting = false;
};

using FieldList = std::vector<Field>;

}  // namespace plinth::base

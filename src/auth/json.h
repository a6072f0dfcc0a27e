#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "plinth/status.h"

namespace plinth::auth {

inline constexpr int kMaxJsonDepth = 16;

/// Reads JSON (RFC 8259) that anybody may have written: at most `kMaxJsonDepth` levels, and no object has a field
/// twice, because the next reader might take the other one. INVALID_ARGUMENT, with what is wrong and where: "no JSON at
/// line 3, column 7". The caller limits the size.
Result<nlohmann::json> parse_json(std::string_view text);

/// For messages: printable ASCII, cut when it is long.
std::string shown(const nlohmann::json& value);

}  // namespace plinth::auth

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plinth::config {

/// Strict readers of values: the whole text, without spaces, or nothing.

/// true/false, 1/0, yes/no, on/off, in any case.
std::optional<bool> read_flag(std::string_view text);

/// Digits alone.
std::optional<std::uint64_t> read_whole(std::string_view text);

/// Digits with or without a decimal point; a sign only when it is a minus; no exponent, no inf, no nan.
std::optional<double> read_decimal(std::string_view text);

/// ASCII letters in upper case; the rest as it is.
std::string upper(std::string_view text);

/// For messages: one line of printable ASCII whatever `text` holds, cut when it is long.
std::string shown(std::string_view text);

}  // namespace plinth::config

#pragma once

#include <string>
#include <string_view>

namespace plinth::wire {

/// Without spaces and tabs at both ends.
constexpr std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Calls `use` with each trimmed item of a list with commas, and stops early when it says false. Says whether all were
/// used. An empty list has one item, which is empty.
template <class Use>
constexpr bool each_item(std::string_view list, Use use) {
  while (true) {
    const auto comma = list.find(',');
    if (!use(trim(list.substr(0, comma)))) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

/// A value of the peer for a sentence of ours: cut to 64 characters, with '?' for what is not printable.
std::string shown(std::string_view value);

}  // namespace plinth::wire

#include "auth/authorization.h"

#include <algorithm>

#include "auth/ascii.h"

namespace plinth::auth {

namespace {

constexpr std::string_view kScheme = "bearer ";

bool is_token_character(char c) noexcept {
  const auto letter = lower(c);
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || std::string_view("-._~+/=").contains(c);
}

}  // namespace

bool is_token_text(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

std::string_view bearer_token(const Metadata& request) noexcept {
  std::string_view only;
  std::size_t count = 0;
  for (const auto [key, value] : request) {
    if (key != "authorization") continue;
    only = value;
    ++count;
  }
  if (count != 1) return {};
  if (!std::ranges::equal(only.substr(0, kScheme.size()), kScheme, {}, lower)) return {};
  only.remove_prefix(std::min(only.find_first_not_of(' ', kScheme.size()), only.size()));
  return is_token_text(only) ? only : std::string_view();
}

}  // namespace plinth::auth

#include "wire/text.h"

#include <algorithm>

namespace plinth::wire {

std::string shown(std::string_view value) {
  constexpr std::size_t kMost = 64;
  std::string text(value.substr(0, kMost));
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return value.size() > kMost ? text + "..." : text;
}

}  // namespace plinth::wire

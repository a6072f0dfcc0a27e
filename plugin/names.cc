#include "names.h"

namespace plinth::plugin {
namespace {

constexpr std::string_view kKeywords =
    " EOF NULL alignas alignof and and_eq asm assert auto bitand bitor bool break case catch char char16_t char32_t"
    " char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue"
    " decltype default delete do double dynamic_cast else enum errno explicit export extern false float for friend"
    " goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected"
    " public register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct"
    " switch template this thread_local throw true try typedef typeid typename union unsigned using virtual void"
    " volatile wchar_t while xor xor_eq ";

/// What g++ takes as well, unless it is told -std=c++.. instead of -std=gnu++..
constexpr std::string_view kGnuWords = " linux typeof unix ";

bool contains(std::string_view words, std::string_view word) { return words.contains(' ' + std::string(word) + ' '); }

}  // namespace

bool is_cpp_keyword(std::string_view word) { return contains(kKeywords, word); }

bool Scope::usable(const std::string& name) const {
  return !is_cpp_keyword(name) && !contains(kGnuWords, name) && !taken_.contains(name);
}

std::string Scope::declare(std::string_view name) {
  std::string result(name);
  while (!usable(result) || (result != name && reserved_.contains(result))) result += '_';
  taken_.insert(result);
  return result;
}

}  // namespace plinth::plugin
